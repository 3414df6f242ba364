/*
 * A window that asks a model: the answer comes while the window goes on painting, and Stop ends it.
 *
 *   reckon-desktop MODEL
 *   reckon-desktop --self-test MODEL SCREENSHOT.png    asks and stops by itself, and says how long the frames took
 *
 * A question runs on a thread of its own. Its pieces go to the main loop with g_idle_add, which alone touches widgets.
 */
#include <gtk/gtk.h>
#include <stdio.h>
#include <string.h>

#include "reckon_c_chat.h"

typedef struct {
  GtkWidget *window, *entry, *ask, *stop, *view, *status;
  GtkTextBuffer* text;
  GtkTextMark* end;
  reckon_model* model;
  reckon_chat* chat;
  reckon_cancel* cancel; /* for the question at work */
  gint stopping;         /* read by the thread that answers */
  gboolean answering, closed;
  int kind; /* of the piece that was shown last */
  /* Frames while an answer is at work, in microseconds. */
  gint64 last_frame, longest_frame;
  int frames, late_frames;
  /* The self-test: which step comes next, and what it found. */
  const char* screenshot;
  int step, rounds;
  gboolean failed;
  gint64 stopped_at;
} App;

enum { LATE_MICROSECONDS = 50000, ROUNDS = 10 };

/* A piece on its way from the thread that answers to the main loop. */
typedef struct {
  App* app;
  int kind; /* of event; -1: the end, text is an error or NULL */
  char* text;
} Piece;

static void self_test_ended(App* app, const char* error);
static void self_test_piece(App* app);

static void append(App* app, const char* text, const char* tag) {
  GtkTextIter end;
  gtk_text_buffer_get_end_iter(app->text, &end);
  gtk_text_buffer_insert_with_tags_by_name(app->text, &end, text, -1, tag, NULL);
  gtk_text_view_scroll_mark_onscreen(GTK_TEXT_VIEW(app->view), app->end);
}

static void set_answering(App* app, gboolean answering) {
  app->answering = answering;
  app->last_frame = 0;
  app->kind = -1;
  gtk_widget_set_sensitive(app->ask, !answering);
  gtk_widget_set_sensitive(app->stop, answering);
  gtk_label_set_text(GTK_LABEL(app->status), answering ? "answering" : "ready");
}

static gboolean show_piece(gpointer data) {
  Piece* const piece = data;
  App* const app = piece->app;
  if (app->closed) {
    app->answering &= piece->kind >= 0;
  } else if (piece->kind >= 0) {
    if (piece->kind == RECKON_CHAT_ANSWER && app->kind == RECKON_CHAT_REASONING) append(app, "\n", "answer");
    app->kind = piece->kind;
    append(app, piece->text, piece->kind == RECKON_CHAT_REASONING ? "reasoning" : "answer");
    if (app->screenshot != NULL) self_test_piece(app);
  } else {
    append(app, piece->text != NULL ? piece->text : "", "reasoning");
    append(app, "\n\n", "answer");
    set_answering(app, FALSE);
    if (app->screenshot != NULL) self_test_ended(app, piece->text);
  }
  g_free(piece->text);
  g_free(piece);
  return G_SOURCE_REMOVE;
}

static void send_piece(App* app, int kind, char* text) {
  Piece* const piece = g_new(Piece, 1);
  piece->app = app;
  piece->kind = kind;
  piece->text = text;
  g_idle_add(show_piece, piece);
}

static reckon_action on_event(void* user, const reckon_chat_event* event) {
  App* const app = user;
  if (event->kind == RECKON_CHAT_REASONING || event->kind == RECKON_CHAT_ANSWER) {
    send_piece(app, event->kind, g_strndup(event->text, event->text_size));
  }
  return g_atomic_int_get(&app->stopping) ? RECKON_STOP : RECKON_CONTINUE;
}

typedef struct {
  App* app;
  char* question;
} Question;

static gpointer answer(gpointer data) {
  Question* const question = data;
  App* const app = question->app;
  reckon_error* error = NULL;
  reckon_chat_send(app->chat, question->question, RECKON_NUL_TERMINATED, app->cancel, on_event, app, NULL, &error);
  send_piece(app, -1, error != NULL ? g_strdup(reckon_error_message(error)) : NULL);
  reckon_error_free(error);
  g_free(question->question);
  g_free(question);
  return NULL;
}

static void on_ask(GtkWidget* widget, gpointer data) {
  App* const app = data;
  Question* question;
  (void)widget;
  if (app->answering) return;
  question = g_new(Question, 1);
  question->app = app;
  question->question = g_strdup(gtk_entry_get_text(GTK_ENTRY(app->entry)));
  append(app, question->question, "question");
  append(app, "\n", "question");
  g_atomic_int_set(&app->stopping, FALSE);
  reckon_cancel_reset(app->cancel);
  set_answering(app, TRUE);
  g_thread_unref(g_thread_new("answer", answer, question));
}

/* With the next piece, what was said stays; while the prompt is still read, there is nothing to keep. */
static void on_stop(GtkWidget* widget, gpointer data) {
  App* const app = data;
  (void)widget;
  g_atomic_int_set(&app->stopping, TRUE);
  app->stopped_at = g_get_monotonic_time();
}

static void on_close(GtkWidget* widget, gpointer data) {
  App* const app = data;
  (void)widget;
  app->closed = TRUE;
  gtk_main_quit();
}

static gboolean on_frame(GtkWidget* widget, GdkFrameClock* clock, gpointer data) {
  App* const app = data;
  const gint64 now = g_get_monotonic_time();
  (void)widget;
  (void)clock;
  if (app->answering) {
    if (app->last_frame != 0) {
      const gint64 took = now - app->last_frame;
      app->longest_frame = MAX(app->longest_frame, took);
      app->late_frames += took > LATE_MICROSECONDS;
      ++app->frames;
    }
    app->last_frame = now;
  }
  return G_SOURCE_CONTINUE;
}

static void build_window(App* app) {
  GtkWidget* const box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget* const row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget* const scrolled = gtk_scrolled_window_new(NULL, NULL);
  GtkTextIter end;
  app->window = gtk_window_new(GTK_WINDOW_TOPLEVEL);
  app->entry = gtk_entry_new();
  app->ask = gtk_button_new_with_label("Ask");
  app->stop = gtk_button_new_with_label("Stop");
  app->view = gtk_text_view_new();
  app->status = gtk_label_new("");
  app->text = gtk_text_view_get_buffer(GTK_TEXT_VIEW(app->view));
  gtk_text_buffer_create_tag(app->text, "question", "weight", PANGO_WEIGHT_BOLD, NULL);
  gtk_text_buffer_create_tag(app->text, "reasoning", "foreground", "#999999", NULL);
  gtk_text_buffer_create_tag(app->text, "answer", NULL, NULL);
  gtk_text_buffer_get_end_iter(app->text, &end);
  app->end = gtk_text_buffer_create_mark(app->text, NULL, &end, FALSE);
  gtk_text_view_set_editable(GTK_TEXT_VIEW(app->view), FALSE);
  gtk_text_view_set_wrap_mode(GTK_TEXT_VIEW(app->view), GTK_WRAP_WORD_CHAR);
  gtk_container_set_border_width(GTK_CONTAINER(app->window), 8);
  gtk_window_set_title(GTK_WINDOW(app->window), "Reckon");
  gtk_window_set_default_size(GTK_WINDOW(app->window), 640, 520);
  gtk_box_pack_start(GTK_BOX(row), app->entry, TRUE, TRUE, 0);
  gtk_box_pack_start(GTK_BOX(row), app->ask, FALSE, FALSE, 0);
  gtk_box_pack_start(GTK_BOX(row), app->stop, FALSE, FALSE, 0);
  gtk_container_add(GTK_CONTAINER(scrolled), app->view);
  gtk_box_pack_start(GTK_BOX(box), row, FALSE, FALSE, 0);
  gtk_box_pack_start(GTK_BOX(box), scrolled, TRUE, TRUE, 0);
  gtk_box_pack_start(GTK_BOX(box), app->status, FALSE, FALSE, 0);
  gtk_container_add(GTK_CONTAINER(app->window), box);
  g_signal_connect(app->window, "destroy", G_CALLBACK(on_close), app);
  g_signal_connect(app->entry, "activate", G_CALLBACK(on_ask), app);
  g_signal_connect(app->ask, "clicked", G_CALLBACK(on_ask), app);
  g_signal_connect(app->stop, "clicked", G_CALLBACK(on_stop), app);
  gtk_widget_add_tick_callback(app->window, on_frame, app, NULL);
  set_answering(app, FALSE);
  gtk_widget_show_all(app->window);
}

/* Opening a small model is quick; a larger one would be opened on a thread too, with a progress callback. */
static gboolean open_model(App* app, const char* path) {
  reckon_error* error = NULL;
  reckon_options* options = NULL;
  /* One processor stays with the window. */
  const int64_t threads = MAX(1, (int64_t)g_get_num_processors() - 1);
  gboolean opened = reckon_options_new(&options, &error) == RECKON_OK &&
                    reckon_options_set_i64(options, RECKON_OPTION_THREADS, threads, &error) == RECKON_OK &&
                    reckon_options_set_f64(options, RECKON_OPTION_TEMPERATURE, 0, &error) == RECKON_OK &&
                    reckon_cancel_new(&app->cancel, &error) == RECKON_OK &&
                    reckon_model_open(path, RECKON_NUL_TERMINATED, options, NULL, &app->model, &error) == RECKON_OK &&
                    reckon_chat_new(app->model, options, &app->chat, &error) == RECKON_OK;
  if (!opened) fprintf(stderr, "%s\n", reckon_error_message(error));
  reckon_error_free(error);
  reckon_options_free(options);
  return opened;
}

/* ---- Self-test: a question, a picture, a second question that is stopped ---- */

static gboolean contents_have(App* app, const char* what) {
  GtkTextIter start, end;
  char* text;
  gboolean found;
  gtk_text_buffer_get_bounds(app->text, &start, &end);
  text = gtk_text_buffer_get_text(app->text, &start, &end, FALSE);
  found = strstr(text, what) != NULL;
  g_free(text);
  return found;
}

static void expect(App* app, gboolean condition, const char* what) {
  printf("%s: %s\n", condition ? "ok" : "FAILED", what);
  app->failed |= !condition;
}

static gboolean ask_again(gpointer data) {
  App* const app = data;
  GdkWindow* const window = gtk_widget_get_window(app->window);
  GdkPixbuf* const picture =
      gdk_pixbuf_get_from_window(window, 0, 0, gdk_window_get_width(window), gdk_window_get_height(window));
  expect(app, picture != NULL && gdk_pixbuf_save(picture, app->screenshot, "png", NULL, NULL), "the screenshot");
  if (picture != NULL) g_object_unref(picture);
  app->step = 1;
  gtk_entry_set_text(GTK_ENTRY(app->entry), "Write a Python function is_prime.");
  gtk_button_clicked(GTK_BUTTON(app->ask));
  return G_SOURCE_REMOVE;
}

static void self_test_piece(App* app) {
  if (app->step == 1 && app->stopped_at == 0) gtk_button_clicked(GTK_BUTTON(app->stop));
}

static void self_test_ended(App* app, const char* error) {
  reckon_chat_info info = {0};
  info.struct_size = sizeof info;
  expect(app, error == NULL, error != NULL ? error : "answered without an error");
  if (app->step == 0) {
    expect(app, contents_have(app, "鸡有23只，兔有12只"), "the answer stands in the window");
    if (++app->rounds < ROUNDS) { /* the built-in model is quick: several answers give frames to count */
      reckon_chat_truncate(app->chat, 0, NULL);
      gtk_button_clicked(GTK_BUTTON(app->ask));
      return;
    }
    g_timeout_add(300, ask_again, app); /* after the window has painted it */
    return;
  }
  reckon_chat_get_info(app->chat, &info, NULL);
  expect(app, info.messages == 4, "the stopped answer stays in the chat");
  expect(app, !contents_have(app, "return True"), "Stop ended it before its end");
  printf("stopped %.1f ms after the click\n", (double)(g_get_monotonic_time() - app->stopped_at) / 1000);
  printf("%d frames while answering, longest %.1f ms, %d over %d ms\n", app->frames, (double)app->longest_frame / 1000,
         app->late_frames, LATE_MICROSECONDS / 1000);
  expect(app, app->frames >= ROUNDS, "the window painted while answering");
  /* On a machine that is busy with other things the odd frame is late for want of a processor. A window that waits for
   * the model would be late for as long as it answers: one frame in all. */
  expect(app, app->late_frames * 10 <= app->frames, "no more than one frame in ten is late");
  gtk_main_quit();
}

static gboolean begin_self_test(gpointer data) {
  App* const app = data;
  gtk_entry_set_text(GTK_ENTRY(app->entry), "鸡兔同笼，头共35个，脚共94只，问鸡兔各几只？");
  gtk_button_clicked(GTK_BUTTON(app->ask));
  return G_SOURCE_REMOVE;
}

int main(int argc, char** argv) {
  App app = {0};
  gtk_init(&argc, &argv);
  if (argc == 4 && strcmp(argv[1], "--self-test") == 0) {
    app.screenshot = argv[3];
  } else if (argc != 2) {
    fprintf(stderr, "usage: reckon-desktop MODEL\n");
    return 1;
  }
  if (!open_model(&app, app.screenshot != NULL ? argv[2] : argv[1])) return 1;
  build_window(&app);
  if (app.screenshot != NULL) g_timeout_add(200, begin_self_test, &app);
  gtk_main();
  /* The window may have been closed while an answer is at work: it ends, and nothing looks at `app` after main. */
  reckon_cancel_trigger(app.cancel);
  while (app.answering) g_main_context_iteration(NULL, TRUE);
  reckon_chat_free(app.chat);
  reckon_model_release(app.model);
  reckon_cancel_release(app.cancel);
  return app.failed ? 1 : 0;
}

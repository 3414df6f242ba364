import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { duration, fill, integer, texts } from '../i18n';
import type { AssistantNode, MessageNode, Source, UserNode } from '../model/types';
import { current, path } from '../state/chats';
import { editQuestion, regenerate, runs, type Run } from '../state/generation';
import { server } from '../state/server';
import { settingsOpen } from '../state/ui';
import { Branches } from './Branches';
import { copyText } from './clipboard';
import { focusComposer } from './focus';
import { Icon } from './icons';
import { Markdown } from './Markdown';
import { Reasoning } from './Reasoning';
import { showSource, Sources } from './Sources';

function Editor({ node, close }: { node: UserNode; close: (focus: boolean) => void }): JSX.Element {
  const { cancel, saveEdit, editLabel } = texts.value;
  const [text, setText] = useState(node.content);
  const input = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    input.current?.focus();
    input.current?.setSelectionRange(node.content.length, node.content.length);
  }, []);
  const save = (): void => {
    if (text.trim() === '') return;
    close(false);
    editQuestion(node.id, text);
    focusComposer();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      close(true);
    } else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      save();
    }
  };
  return (
    <div class="editor">
      <textarea
        ref={input}
        data-testid="edit-input"
        aria-label={editLabel}
        rows={Math.min(10, text.split('\n').length + 1)}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <div class="editor-actions">
        <button type="button" class="button" data-testid="edit-cancel" onClick={() => close(true)}>
          {cancel}
        </button>
        <button type="button" class="button primary" data-testid="edit-save" disabled={text.trim() === ''} onClick={save}>
          {saveEdit}
        </button>
      </div>
    </div>
  );
}

function UserMessage({ node, busy }: { node: UserNode; busy: boolean }): JSX.Element {
  const { you, edit } = texts.value;
  const [editing, setEditing] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = (focus: boolean): void => {
    setEditing(false);
    // The button is back after the next drawing.
    if (focus) requestAnimationFrame(() => button.current?.focus());
  };
  return (
    <article class="message user" data-testid="message-user" aria-label={you}>
      {editing ? <Editor node={node} close={close} /> : <div class="bubble">{node.content}</div>}
      {!editing && (
        <div class="actions">
          <Branches node={node} disabled={busy} />
          <button ref={button} type="button" class="quiet" data-testid="edit" aria-label={edit} title={edit} disabled={busy} onClick={() => setEditing(true)}>
            <Icon name="edit" size={16} />
          </button>
        </div>
      )}
    </article>
  );
}

function rate(tokens: number, milliseconds: number): string {
  const perSecond = (tokens * 1000) / Math.max(1, milliseconds);
  return fill(texts.value.tokensPerSecond, { rate: perSecond.toFixed(perSecond < 100 ? 1 : 0) });
}

function Stats({ node, run }: { node: AssistantNode; run: Run | undefined }): JSX.Element | null {
  const { tokens, firstToken } = texts.value;
  const parts: string[] = [];
  if (run) {
    if (run.since === undefined) return null;
    parts.push(fill(tokens, { count: integer(run.tokens) }));
    // The first tokens come in a bunch: a rate from less than a moment says nothing.
    const past = performance.now() - run.since;
    if (past > 250) parts.push(rate(run.tokens - 1, past));
  } else {
    const { usage, timing } = node;
    if (usage) parts.push(fill(tokens, { count: integer(usage.completionTokens) }));
    if (usage && timing?.total !== undefined && timing.firstToken !== undefined && usage.completionTokens > 1) {
      parts.push(rate(usage.completionTokens - 1, timing.total - timing.firstToken));
    }
    if (timing?.firstToken !== undefined) parts.push(fill(firstToken, { time: duration(timing.firstToken) }));
  }
  return (
    <span class="stats" data-testid="stats">
      {parts.join(' · ')}
    </span>
  );
}

function CopyButton({ text }: { text: string }): JSX.Element {
  const { copy, copied } = texts.value;
  const [done, setDone] = useState(false);
  const onClick = (): void => {
    void copyText(text).then((ok) => {
      if (!ok) return;
      setDone(true);
      setTimeout(() => setDone(false), 1500);
    });
  };
  return (
    <button type="button" class="quiet" data-testid="copy" aria-label={done ? copied : copy} title={done ? copied : copy} onClick={onClick}>
      <Icon name={done ? 'check' : 'copy'} size={16} />
    </button>
  );
}

function again(nodeId: string): void {
  regenerate(nodeId);
  focusComposer();
}

/** What went wrong with the newest answer, and what to do about it. */
function Failed({ node }: { node: AssistantNode }): JSX.Element {
  const { retry, openSettings } = texts.value;
  const key = node.wantsKey === true && server.value?.connection === 'key';
  const act = (): void => {
    if (key) settingsOpen.value = 'key';
    else again(node.id);
  };
  return (
    <div class="notice error" data-testid="notice">
      <Icon name="alert" size={16} />
      <span>{node.error}</span>
      <button type="button" class="button" data-testid="notice-action" onClick={act}>
        {key ? openSettings : retry}
      </button>
    </div>
  );
}

function Outcome({ node, last }: { node: AssistantNode; last: boolean }): JSX.Element | null {
  const { stopped, lengthReached } = texts.value;
  if (node.state === 'error' && last) return <Failed node={node} />;
  if (node.state === 'error') {
    return (
      <p class="outcome error">
        <Icon name="alert" size={16} /> <span>{node.error}</span>
      </p>
    );
  }
  if (node.state !== 'stopped' && node.state !== 'length') return null;
  return <p class="outcome">{node.state === 'stopped' ? stopped : lengthReached}</p>;
}

interface AnswerProps {
  node: AssistantNode;
  sources: Source[];
  /** Set while this answer is being written. */
  run: Run | undefined;
  /** Some answer of the conversation is. */
  busy: boolean;
  last: boolean;
}

function AssistantMessage({ node, sources, run, busy, last }: AnswerProps): JSX.Element {
  const { assistant, regenerate: answerAgain, waiting } = texts.value;
  const panel = useRef<HTMLDetailsElement>(null);
  const started = node.content !== '' || node.reasoning !== '';
  return (
    <article class="message assistant" data-testid="message-assistant" data-state={node.state} aria-label={assistant} aria-busy={run !== undefined}>
      <Reasoning node={node} />
      {node.state === 'running' && !started && (
        <p class="waiting">
          <span class="pulse" /> {waiting}
        </p>
      )}
      {node.content !== '' && (
        <div class="answer" data-testid="answer">
          <Markdown text={node.content} growing={run !== undefined} sources={sources.length} onCite={(number) => showSource(panel.current, number)} />
        </div>
      )}
      <Outcome node={node} last={last} />
      <Sources sources={sources} answer={node.content} panel={panel} />
      <div class="actions">
        <Branches node={node} disabled={busy} />
        {!run && node.content !== '' && <CopyButton text={node.content} />}
        {!run && (
          <button type="button" class="quiet" data-testid="regenerate" aria-label={answerAgain} title={answerAgain} disabled={busy} onClick={() => again(node.id)}>
            <Icon name="again" size={16} />
          </button>
        )}
        <Stats node={node} run={run} />
      </div>
    </article>
  );
}

function sourcesOf(messages: readonly MessageNode[], index: number): Source[] {
  const before = messages[index - 1];
  return before?.role === 'user' ? before.sources : [];
}

export function Messages(): JSX.Element {
  const messages = path.value;
  const run = runs.value.get(current.value.id);
  return (
    <>
      {messages.map((node, index) =>
        node.role === 'user' ? (
          <UserMessage key={node.id} node={node} busy={run !== undefined} />
        ) : (
          <AssistantMessage
            key={node.id}
            node={node}
            sources={sourcesOf(messages, index)}
            run={run?.nodeId === node.id ? run : undefined}
            busy={run !== undefined}
            last={index === messages.length - 1}
          />
        ),
      )}
    </>
  );
}

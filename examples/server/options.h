// What `reckon serve` can be told.
#ifndef RECKON_EXAMPLES_SERVER_OPTIONS_H_
#define RECKON_EXAMPLES_SERVER_OPTIONS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "reckon/session.h"

namespace reckon_server {

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 7860;                      // 0: any free one
  std::string model_name;               // how clients call the model
  std::vector<std::string> api_keys;    // empty: none is asked for
  std::vector<std::string> origins;     // whose web pages may call, for example "https://chat.example"
  std::vector<std::string> host_names;  // accepted in Host beside the loopback names, without port
  size_t slots = 4;                     // requests that generate at once
  size_t queue = 16;                    // requests that wait for a slot
  size_t connections = 64;              // open at once
  size_t max_body_bytes = size_t{2} << 20;
  size_t max_head_bytes = size_t{16} << 10;
  int64_t max_context = 0;  // tokens; 0: as many as the model allows
  int64_t max_tokens = -1;  // the most tokens of an answer, whatever a request asks for; -1: no limit
  std::chrono::milliseconds read_timeout{15000};      // to send a whole head, and again a whole body
  std::chrono::milliseconds write_timeout{15000};     // without any progress of a reading client
  std::chrono::milliseconds idle_timeout{15000};      // between two requests of a connection
  std::chrono::milliseconds request_timeout{600000};  // from the end of a request's body to the end of its answer
  reckon::Pooling pooling = reckon::Pooling::kMean;   // of embeddings
  bool page = true;                                   // hand out the chat page
  bool log_json = false;
  bool log = true;
};

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_OPTIONS_H_

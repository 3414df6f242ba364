#include "hub/transfer.h"

#include <algorithm>
#include <list>
#include <utility>

#include "absl/strings/str_cat.h"

namespace reckon_hub {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kMostPartsAtOnce = 64;  // of one request
constexpr int kPollMilliseconds = 100;
constexpr int kRepairRounds = 3;

struct Job {
  const Download* download;
  Backoff backoff;
  std::vector<bool> claimed;  // parts that a stream will bring
  int streams = 0;
  bool sequential = false;  // the server ignores ranges
  Clock::time_point not_before{};

  PartialFile& file() const { return *download->file; }
  bool Wants(int64_t part) const { return !file().has(part) && !claimed[static_cast<size_t>(part)]; }
  bool complete() const {
    for (int64_t part = 0; part < file().part_count(); ++part) {
      if (!file().has(part)) return false;
    }
    return true;
  }
};

// One request under way. The bytes of a part gather in `buffer` until it is whole.
struct Stream {
  Job* job = nullptr;
  std::unique_ptr<HttpRequest> request;
  int64_t first_part = 0;
  int64_t end_part = 0;
  int64_t next = 0;  // where the next byte belongs
  int64_t end = 0;
  std::string buffer;
  int64_t counted = 0;    // bytes of `buffer` that were told to watch.gained
  bool progress = false;  // has brought a part that was missing
  bool enough = false;    // ended by us, for a good reason
  std::string problem;    // why we ended it, for a bad one
};

class Transfer {
 public:
  Transfer(const std::vector<Download>& downloads, const NetworkOptions& network, const TransferWatch& watch)
      : network_(network), watch_(watch), multi_(curl_multi_init()) {
    for (const Download& download : downloads) {
      jobs_.push_back(
          {&download, Backoff(network), std::vector<bool>(static_cast<size_t>(download.file->part_count()))});
    }
  }

  ~Transfer() {
    for (const Stream& stream : streams_) curl_multi_remove_handle(multi_, stream.request->handle());
    streams_.clear();
    curl_multi_cleanup(multi_);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  absl::Status Run() {
    if (multi_ == nullptr) return absl::InternalError("libcurl cannot be initialized");
    for (;;) {
      if (watch_.cancelled()) return absl::CancelledError("");
      Start();
      if (streams_.empty() && std::all_of(jobs_.begin(), jobs_.end(), [](const Job& job) { return job.complete(); })) {
        return absl::OkStatus();
      }
      int running = 0;
      if (curl_multi_perform(multi_, &running) != CURLM_OK) return absl::InternalError("libcurl fails");
      if (!failed_.ok()) return failed_;
      if (absl::Status status = Collect(); !status.ok()) return status;
      curl_multi_poll(multi_, nullptr, 0, streams_.empty() ? kPollMilliseconds / 5 : kPollMilliseconds, nullptr);
    }
  }

  bool ranges_ignored() const {
    return std::any_of(jobs_.begin(), jobs_.end(), [](const Job& job) { return job.sequential; });
  }

 private:
  // Puts idle connections to work.
  void Start() {
    const Clock::time_point now = Clock::now();
    for (Job& job : jobs_) {
      while (static_cast<int>(streams_.size()) < network_.connections && now >= job.not_before && now >= not_before_ &&
             !(job.sequential && job.streams > 0) && StartStream(job)) {
      }
    }
  }

  // False if no part is left that nobody fetches.
  bool StartStream(Job& job) {
    const int64_t count = job.file().part_count();
    int64_t first = 0;
    while (first < count && !job.Wants(first)) ++first;
    if (first == count) return false;
    int64_t wanted = 0;
    for (int64_t part = first; part < count; ++part) wanted += job.Wants(part) ? 1 : 0;
    const int64_t most = std::clamp<int64_t>(wanted / network_.connections, 1, kMostPartsAtOnce);
    int64_t end = first;
    while (end < count && end - first < most && job.Wants(end)) ++end;

    Stream& stream = streams_.emplace_back();
    stream.job = &job;
    stream.request = std::make_unique<HttpRequest>(job.download->url, job.download->auth_header, network_);
    Cover(stream, first, end);
    stream.next = job.file().part_begin(first);
    stream.end = job.file().part_end(end - 1);
    ++job.streams;
    if (stream.request->handle() == nullptr) {
      failed_ = absl::InternalError("libcurl cannot be initialized");
      return false;
    }
    stream.request->AskForRange(stream.next, stream.end - 1);
    stream.request->SetCallbacks([this, &stream](const Head& head) { return OnHead(stream, head); },
                                 [this, &stream](absl::string_view bytes) { return OnBody(stream, bytes); });
    curl_multi_add_handle(multi_, stream.request->handle());
    return true;
  }

  static void Cover(Stream& stream, int64_t first, int64_t end) {
    stream.first_part = first;
    stream.end_part = end;
    for (int64_t part = first; part < end; ++part) stream.job->claimed[static_cast<size_t>(part)] = true;
  }

  bool OnHead(Stream& stream, const Head& head) {
    const int64_t size = stream.job->file().size();
    if (head.encoded) {
      stream.problem = "sent it compressed";
    } else if (head.status == 206) {
      // It may send less than it was asked for, but nothing else.
      const bool fits = head.range_first == stream.next && head.range_last < stream.end;
      if (!fits || (head.range_total >= 0 && head.range_total != size)) {
        stream.problem =
            absl::StrCat("sent bytes ", head.range_first, " to ", head.range_last, " of ", head.range_total,
                         " instead of ", stream.next, " to ", stream.end - 1, " of ", size);
      }
    } else if (head.content_length >= 0 && head.content_length != size) {
      stream.problem = absl::StrCat("sent ", head.content_length, " bytes instead of ", size);
    } else {
      stream.job->sequential = stream.job->sequential || stream.next != 0 || stream.end != size;
      stream.next = 0;
      stream.end = size;
      Cover(stream, 0, stream.job->file().part_count());
    }
    return stream.problem.empty();
  }

  bool OnBody(Stream& stream, absl::string_view bytes) {
    watch_.received(static_cast<int64_t>(bytes.size()));
    if (stream.next + static_cast<int64_t>(stream.buffer.size() + bytes.size()) > stream.end) {
      stream.problem = "sent more than it was asked for";
      return false;
    }
    PartialFile& file = stream.job->file();
    while (!bytes.empty()) {
      const int64_t part = stream.next / PartialFile::kPartBytes;
      const auto whole = static_cast<size_t>(file.part_end(part) - file.part_begin(part));
      const absl::string_view taken = bytes.substr(0, whole - stream.buffer.size());
      bytes.remove_prefix(taken.size());
      stream.buffer.append(taken.data(), taken.size());
      if (!file.has(part)) {
        watch_.gained(static_cast<int64_t>(taken.size()));
        stream.counted += static_cast<int64_t>(taken.size());
      }
      if (stream.buffer.size() == whole && !EndPart(stream, part)) return false;
    }
    return true;
  }

  // False if there is no reason to go on.
  bool EndPart(Stream& stream, int64_t part) {
    PartialFile& file = stream.job->file();
    if (!file.has(part)) {
      failed_ = file.Write(part, stream.buffer);
      stream.progress = true;
    }
    stream.counted = 0;
    stream.buffer.clear();
    stream.next = file.part_end(part);
    stream.enough = stream.next < stream.end && stream.job->sequential && stream.job->complete();
    return failed_.ok() && !stream.enough;
  }

  // Takes leave of streams that have ended.
  absl::Status Collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      CURL* const handle = message->easy_handle;
      const auto stream = std::find_if(streams_.begin(), streams_.end(),
                                       [&](const Stream& s) { return s.request->handle() == handle; });
      absl::Status status = End(*stream, stream->request->End(code));
      Drop(stream);
      if (!status.ok()) return status;
    }
    // A server that ignores ranges sends all of the file through each connection.
    for (auto stream = streams_.begin(); stream != streams_.end();) {
      const auto next = std::next(stream);
      if (stream->job->sequential && stream->job->streams > 1 && !IsOnlyWhole(*stream)) Drop(stream);
      stream = next;
    }
    return absl::OkStatus();
  }

  // The first of a file's streams that reads all of it.
  bool IsOnlyWhole(const Stream& candidate) const {
    for (const Stream& stream : streams_) {
      if (stream.job == candidate.job && stream.end_part - stream.first_part == stream.job->file().part_count()) {
        return &stream == &candidate;
      }
    }
    return false;
  }

  absl::Status End(Stream& stream, Ending ending) {
    if (!stream.problem.empty()) {
      ending = {
          absl::UnavailableError(absl::StrCat(stream.job->download->url.substr(0, stream.job->download->url.find('?')),
                                              ": the server ", stream.problem)),
          true, std::nullopt};
    } else if (ending.status.ok() && stream.next < stream.end && !stream.enough) {
      ending = {absl::UnavailableError(absl::StrCat("the server ended ", stream.job->file().file().path, " early")),
                true, std::nullopt};
    }
    if (stream.progress) stream.job->backoff.Succeeded();
    if (ending.status.ok() || stream.enough) return absl::OkStatus();
    const std::optional<std::chrono::milliseconds> wait = stream.job->backoff.AfterFailure(ending);
    if (!wait.has_value()) {
      return absl::Status(
          ending.status.code(),
          absl::StrCat(ending.status.message(),
                       ending.worth_retrying ? "; what has come is kept: run this again to go on" : ""));
    }
    watch_.note(RetryNote(ending, *wait));
    stream.job->not_before = Clock::now() + *wait;
    if (ending.retry_after.has_value()) not_before_ = stream.job->not_before;  // it is about us, not about the file
    return absl::OkStatus();
  }

  void Drop(std::list<Stream>::iterator stream) {
    curl_multi_remove_handle(multi_, stream->request->handle());
    watch_.gained(-stream->counted);
    Job& job = *stream->job;
    --job.streams;
    for (int64_t part = stream->first_part; part < stream->end_part; ++part)
      job.claimed[static_cast<size_t>(part)] = false;
    streams_.erase(stream);
    for (const Stream& other : streams_) {  // ranges may overlap where a server ignored them
      if (other.job != &job) continue;
      for (int64_t part = other.first_part; part < other.end_part; ++part)
        job.claimed[static_cast<size_t>(part)] = true;
    }
  }

  const NetworkOptions& network_;
  const TransferWatch& watch_;
  CURLM* const multi_;
  std::vector<Job> jobs_;
  std::list<Stream> streams_;  // with addresses that stay
  Clock::time_point not_before_{};
  absl::Status failed_;
};

}  // namespace

absl::Status FetchParts(const std::vector<Download>& downloads, const NetworkOptions& network,
                        const TransferWatch& watch, bool* ranges_ignored) {
  Transfer transfer(downloads, network, watch);
  absl::Status status = transfer.Run();
  if (ranges_ignored != nullptr) *ranges_ignored = transfer.ranges_ignored();
  return status;
}

absl::Status RepairParts(const Download& download, const NetworkOptions& network, const TransferWatch& watch,
                         const std::function<bool(int64_t)>& goes_on) {
  PartialFile& file = *download.file;
  int64_t at_once = int64_t{2} * network.connections;
  for (int round = 0; round < kRepairRounds; ++round) {
    const int64_t replaced_before_round = file.parts_replaced();
    int64_t first = 0;
    while (first < file.part_count()) {
      const int64_t replaced = file.parts_replaced();
      file.Doubt(first, at_once);
      first += at_once;
      bool ranges_ignored = false;
      if (absl::Status fetched = FetchParts({download}, network, watch, &ranges_ignored); !fetched.ok()) return fetched;
      if (file.parts_replaced() > replaced) {
        const absl::StatusOr<bool> right = file.IsRight(goes_on);
        if (!right.ok()) return right.status();
        if (*right) return absl::OkStatus();
      }
      if (ranges_ignored) at_once = file.part_count();  // smaller steps would fetch everything each time
    }
    if (file.parts_replaced() == replaced_before_round) break;
  }
  return absl::DataLossError(absl::StrCat(file.file().path,
                                          ": what the hub sends is not what its listing says (checksum ",
                                          file.file().checksum.hex, "); nothing was installed"));
}

}  // namespace reckon_hub

#include "app/waha_command.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "app/commands.hpp"
#include "app/waha_parse.hpp"
#include "channels/waha/events/read_event.hpp"

namespace fibrehub::app {
namespace {

constexpr const char* parse_help =
    R"(Reads the body of one delivery (webhook) from standard input and prints what it
says as one line of JSON, the same for every engine and version:

  fibrehub waha parse <<'EOF'
  {"id": "evt_1", "timestamp": 1795224316038, "event": "message.ack",
   "session": "default", "engine": "NOWEB",
   "payload": {"id": "true_27831112222@c.us_3EB003", "from": "27831112222@c.us",
               "fromMe": true, "ack": 3, "ackName": "READ"}}
  EOF
  {"event":"message.ack","kind":"ack","session":"default","engine":"NOWEB","event_id":"evt_1","occurred_at":"2026-11-21T01:25:16.038Z","dedup_key":"default/ack/3EB003//3","message":{"stanza_id":"3EB003","serialized_id":"true_27831112222@c.us_3EB003","chat":"27831112222@c.us","chat_kind":"direct","from_me":true,"ack":3,"ack_name":"READ"}}

With --answer it reads the answer to a call of WAHA's REST interface: the message
it names, or why the call failed and whether it may be made again ("transient",
"permanent" or "ambiguous": a message may have left).

What was not told is left out. Times are UTC. What was told but is not what it
should be is left out too and listed in "notes". A body of up to 5 MB; neither
its signature is checked nor anything stored. docs/waha-events.md describes every
field. Exit code 2, with field and reason on standard error: broken JSON, or a
delivery that cannot be understood.)";

struct request {
  bool answer = false;
  bool pretty = false;
  channels::waha::call_context context;
};

/// What standard input holds, at most one byte more than can be used; nothing when it fails.
std::optional<std::string> read_input() {
  std::string out;
  std::array<char, 65'536> buffer{};
  while (out.size() <= channels::waha::max_delivery_bytes) {
    const ssize_t n = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) break;
    out.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return out;
}

int refuse(std::string line) {
  // A name in the body must not write lines of its own.
  for (char& c : line)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  std::fprintf(stderr, "fibrehub: %s\n", line.c_str());
  return exit_usage;
}

int parse(const request& r) {
  const auto body = read_input();
  if (!body) return refuse("standard input cannot be read");
  const auto out = r.answer ? parse_waha_answer(*body, r.context) : parse_waha_delivery(*body);
  if (!out) return refuse(out.error());
  const std::string text = r.pretty ? indented(*out) : *out;
  // Not puts: what a message says may hold anything but is no C string.
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return written && std::fputc('\n', stdout) != EOF && std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace

void add_waha_command(CLI::App& program, int& exit_code) {
  CLI::App* waha = program.add_subcommand("waha", "Read what a WhatsApp bridge (WAHA) sends");
  waha->require_subcommand(1);
  auto r = std::make_shared<request>();
  CLI::App* command = waha->add_subcommand("parse", "A delivery or an answer as normalised JSON");
  command->footer(parse_help);
  command->add_flag("--pretty", r->pretty, "Over several lines");
  auto* answer = command->add_flag("--answer", r->answer, "The input is the answer to a call");
  command->add_option("--status", r->context.status, "The answer's HTTP status, as 500")
      ->check(CLI::Range(100, 599))
      ->needs(answer);
  command
      ->add_option("--method", r->context.method,
                   "The call's method, as GET: reads and changes "
                   "that may be repeated are never ambiguous")
      ->needs(answer);
  command->add_option("--path", r->context.path, "The call's path, as /api/sendText")
      ->needs(answer);
  command->callback([&exit_code, r] { exit_code = parse(*r); });
}

}  // namespace fibrehub::app

#include "channels/waha/answers/answer.hpp"
#include "channels/waha/events/message_json.hpp"

namespace fibrehub::channels::waha {
namespace {

void write_failure(json_out& out, const failure& f) {
  out.text("shape", f.shape);
  out.text("kind", f.kind);
  out.text("verdict", to_text(f.may_repeat));
  out.text("message", f.message);
  out.text("exception", f.exception);
  out.text("session", f.session);
  out.text("session_status", f.session_status);
  out.texts("expected", f.expected);
}

}  // namespace

std::string to_json(const answer& a, const notes& left_out) {
  json_out out;
  out.object([&] {
    out.text("outcome", a.failed ? "failed" : "ok");
    if (a.status) out.integer("status", *a.status);
    if (a.failed) {
      out.object("failure", [&] { write_failure(out, *a.failed); });
    } else {
      out.text("shape", a.shape);
      out.text("id_from", a.id_from);
    }
    if (a.message) out.object("message", [&] { write_message(out, *a.message); });
    out.list("messages", a.messages,
             [&](const message_info& m) { out.object([&] { write_message(out, m); }); });
    if (!a.session.empty())
      out.object("session", [&] {
        out.text("name", a.session);
        out.text("status", a.session_status);
      });
    out.integer("count", a.count);
    out.list("notes", left_out.all(), [&](const note& n) {
      out.object([&] {
        out.text("field", n.field);
        out.text("reason", n.reason);
      });
    });
  });
  return out.take();
}

}  // namespace fibrehub::channels::waha

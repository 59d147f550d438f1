#include "channels/waha/events/event_json.hpp"

#include "channels/waha/events/message_json.hpp"
#include "channels/waha/identity.hpp"

namespace fibrehub::channels::waha {
namespace {

void write_timelock(json_out& out, const std::optional<reachout_timelock>& lock) {
  if (!lock) return;
  out.object("reachout_timelock", [&] {
    out.flag("active", lock->active);
    out.text("enforcement_type", lock->enforcement_type);
    out.time("until", lock->until);
  });
}

void write_head(json_out& out, const event& e) {
  const envelope& head = e.head;
  out.text("event", head.event);
  out.text("kind", e.kind);
  out.text("session", head.session);
  out.text("engine", head.engine);
  out.text("version", head.version);
  out.text("tier", head.tier);
  out.text("event_id", head.event_id);
  out.time("occurred_at", head.occurred_at);
  out.text("dedup_key", e.dedup_key);
  if (head.me)
    out.object("me", [&] {
      out.text("id", head.me->id);
      out.text("lid", head.me->lid);
      out.text("name", head.me->name);
      write_timelock(out, head.me->timelock);
    });
  out.raw("metadata", head.metadata);
}

void write_chat(json_out& out, std::string_view key, const std::string& chat) {
  if (chat.empty()) return;
  out.text(key, chat);
  out.text("chat_kind", kind_name(chat));
}

/// One member of the event's object for each kind.
class content_writer {
 public:
  content_writer(json_out& out, const envelope& head) : out_(out), head_(head) {}

  void operator()(const message_event& m) {
    out_.object("message", [&] {
      write_message(out_, m.message);
      out_.text("edited_id", m.edited_id);
    });
  }
  void operator()(const ack_event& a) {
    out_.object("message", [&] {
      write_ref(out_, a.ref);
      out_.text("participant", a.participant);
      write_ack(out_, a.ack);
    });
  }
  void operator()(const reaction_event& r) {
    out_.object("message", [&] { write_message(out_, r.message); });
    out_.object("reaction", [&] {
      out_.always("text", r.text);
      out_.flag("removed", r.text.empty());
      out_.object("target", [&] { write_ref(out_, r.target); });
    });
  }
  void operator()(const revoked_event& r) {
    out_.object("revoked", [&] {
      out_.text("stanza_id", r.stanza_id);
      write_chat(out_, "chat", r.chat);
      if (r.after) out_.object("after", [&] { write_message(out_, *r.after); });
      if (r.before) out_.object("before", [&] { write_message(out_, *r.before); });
    });
  }
  void operator()(const status_event& s) {
    out_.object("session_status", [&] {
      out_.text("status", s.status);
      out_.time("at", s.at);
      out_.list("history", s.history, [&](const status_entry& entry) {
        out_.object([&] {
          out_.text("status", entry.status);
          out_.time("at", entry.at);
        });
      });
      write_timelock(out_, s.timelock);
    });
  }
  void operator()(const group_event& g) {
    out_.object("group", [&] { write_group(g); });
    if (!head_.event.starts_with("group.v2.")) write_raw();
  }
  void operator()(const presence_event& p) {
    out_.object("presence", [&] {
      write_chat(out_, "chat", p.chat);
      out_.list("entries", p.entries, [&](const presence_entry& entry) {
        out_.object([&] {
          out_.text("participant", entry.participant);
          out_.text("state", entry.state);
          out_.time("last_seen", entry.last_seen);
        });
      });
    });
  }
  void operator()(const call_event& c) {
    out_.object("call", [&] {
      out_.text("id", c.id);
      out_.text("state", c.state);
      out_.text("from", c.from);
      out_.time("at", c.at);
      out_.flag("video", c.video);
      out_.flag("group", c.group);
    });
  }
  void operator()(const poll_vote_event& v) {
    out_.object("poll_vote", [&] {
      out_.flag("failed", v.failed);
      out_.object("vote", [&] { write_ref(out_, v.vote); });
      out_.text("voter", v.voter);
      out_.texts("options", v.options);
      out_.time("at", v.at);
      out_.object("poll", [&] { write_ref(out_, v.poll); });
    });
  }
  void operator()(const archive_event& a) {
    out_.object("chat_archive", [&] {
      write_chat(out_, "chat", a.chat);
      out_.flag("archived", a.archived);
      out_.time("at", a.at);
    });
  }
  void operator()(const label_event& l) {
    out_.object("label", [&] {
      out_.text("action", l.action);
      out_.text("id", l.id);
      out_.text("name", l.name);
      out_.integer("color", l.color);
      out_.text("color_hex", l.color_hex);
      write_chat(out_, "chat", l.chat);
    });
  }
  void operator()(const response_event& r) {
    out_.object("message", [&] { write_message(out_, r.message); });
    out_.object("event_response", [&] {
      out_.flag("failed", r.failed);
      out_.text("response", r.response);
      out_.integer("extra_guests", r.extra_guests);
      out_.time("at", r.at);
      out_.object("target", [&] { write_ref(out_, r.target); });
    });
  }
  void operator()(const engine_event& e) {
    if (!e.name.empty()) out_.object("engine_event", [&] { out_.text("name", e.name); });
    write_raw();
  }
  void operator()(const unknown_event&) { write_raw(); }

 private:
  void write_raw() { out_.raw("raw", head_.payload); }

  void write_group(const group_event& g) {
    out_.text("action", g.action);
    out_.text("change", g.change);
    out_.text("id", g.id);
    out_.told("subject", g.subject);
    out_.told("description", g.description);
    out_.text("invite", g.invite);
    out_.flag("members_can_add", g.members_can_add);
    out_.flag("members_can_send", g.members_can_send);
    out_.flag("approval_required", g.approval_required);
    out_.list("participants", g.participants, [&](const group_participant& p) {
      out_.object([&] {
        out_.text("id", p.id);
        out_.text("phone_id", p.phone_id);
        out_.text("role", p.role);
      });
    });
    out_.time("at", g.at);
  }

  json_out& out_;
  const envelope& head_;
};

}  // namespace

std::string to_json(const event& e, const notes& left_out) {
  json_out out;
  out.object([&] {
    write_head(out, e);
    std::visit(content_writer(out, e.head), e.what);
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

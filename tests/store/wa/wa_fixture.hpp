// A hub's store with a technician whose phone number is known, a project with its group, and chats.
#pragma once

#include "store/wa/chat_commands.hpp"
#include "store/wa/chats.hpp"
#include "store/wa/conversation.hpp"
#include "store/wa/staff_chat.hpp"
#include "store/wa/triage.hpp"
#include "tests/store/sends/sends_fixture.hpp"

namespace fibrehub::store::tests {

inline const std::string technician_chat = "27839998888@c.us";
inline const std::string project_group = "120363000000000001@g.us";
inline const std::string stranger = "27840000001@c.us";

class wa_fixture : public sends_fixture {
 protected:
  wa_fixture() {
    db_.ask(
        "INSERT INTO users (id, email, name, role, phone) VALUES (2, 'thabo@x.example', 'Thabo',"
        " 'technician', '083 999 8888')");
    db_.ask("INSERT INTO projects (id, code, name) VALUES (4, 'LAWLEY', 'Lawley')");
    line_ = {"main", "default", "27"};
  }

  // --- what comes in ----------------------------------------------------------------------------
  ingest answer_item(const std::string& id, const std::string& text, const std::string& chat,
                     const std::string& reply_to) {
    ingest out = chat_item(id, text, chat, false, false);
    std::get<domain::chat_message>(out.what).reply_to = reply_to;
    return out;
  }
  ingest photo_item(const std::string& id, const std::string& caption, const std::string& chat) {
    ingest out = chat_item(id, caption, chat, false, false);
    auto& m = std::get<domain::chat_message>(out.what);
    m.type = "image";
    m.media = domain::media_ref{"image/jpeg", "a.jpg", "http://x/a.jpg", ""};
    return out;
  }
  ingest_result hear(ingest item) {
    const ingest_result out = apply({std::move(item)}).front();
    db_.ask("DELETE FROM outbox WHERE key LIKE 'client:%' RETURNING 1");
    return out;
  }
  /// The ticket it went to, or empty.
  std::string says(const std::string& chat, const std::string& id, const std::string& text,
                   const std::string& reply_to = {}) {
    return hear(answer_item(id, text, chat, reply_to)).ticket_uid;
  }
  void give_to_technician(const std::string& uid, const std::string& status = "in_progress") {
    db_.ask("UPDATE tickets SET assigned_to = 2, status = '" + status + "' WHERE uid = '" + uid +
            "' RETURNING 1");
    intake_->forget();
  }
  void close(const std::string& uid) {
    db_.ask("UPDATE tickets SET status = 'closed' WHERE uid = '" + uid + "' RETURNING 1");
    intake_->forget();
  }
  /// A ticket that came by no chat.
  std::string desk_ticket(const std::string& title) {
    domain::create_ticket made;
    made.fields.items.emplace_back(domain::field::title,
                                   domain::field_input{domain::field_input::kind::text, title, {}});
    EXPECT_TRUE(command({{}, {}, made}, person(domain::role::admin)));
    return db_.ask("SELECT uid FROM tickets ORDER BY id DESC LIMIT 1");
  }

  // --- what people and the hub do ---------------------------------------------------------------
  template <class Request>
  write_outcome change_as(Request request, const domain::principal& by) {
    std::optional<write_outcome> got;
    write_origin origin;
    origin.by = by;
    origin.at = now_;
    changes_.add(change_of(std::move(request), std::move(origin),
                           reply<write_answer>([&](write_outcome r) { got = std::move(r); })));
    const change_desk::aftermath after = changes_.make_next(writer_);
    events_ = after.events;
    grew_ = after.grows_outbox;
    intake_->forget_tickets(after.tickets);
    if (after.moves_chats) intake_->forget_chats();
    return got.value();
  }
  template <class Request>
  write_outcome change_by_admin(Request request) {
    return change_as(std::move(request), person(domain::role::admin));
  }
  chat_command_round obey() {
    run_chat_commands request;
    request.rules.line = line_;
    request.result = std::make_shared<chat_command_round>();
    const auto result = request.result;
    EXPECT_TRUE(change_by_admin(std::move(request)));
    return *result;
  }
  /// What the hub answered last.
  std::string answer() const {
    return db_.ask(
        "SELECT m.body FROM messages m WHERE m.outbound AND m.author_name = 'the hub' ORDER BY m.id"
        " DESC LIMIT 1");
  }
  std::string chat_id(const std::string& ext_id) const {
    return db_.ask("SELECT id FROM chats WHERE ext_id = '" + ext_id + "'");
  }
  void set_chat(const std::string& ext_id, const char* unmatched,
                std::optional<std::int64_t> project = std::nullopt) {
    edit_chat edit;
    edit.id = std::stoll(chat_id(ext_id));
    if (unmatched) edit.unmatched.emplace(domain::unmatched_policy_from(unmatched));
    edit.project_id = project;
    const write_outcome done = change_by_admin(std::move(edit));
    ASSERT_TRUE(done) << done.error().message;
  }
  /// The project's group, known by a message in it that makes no ticket.
  void make_group() {
    db_.ask(fmt::format(
        "INSERT INTO chats (id, channel, session, ext_id, kind, name, project_id, unmatched,"
        " created_at) VALUES (9000000000, 'main', 'default', '{}', 'group', 'Lawley Team', 4, "
        "'keep',"
        " now()) RETURNING 1",
        project_group));
    intake_->forget();
  }

  // --- what is seen -----------------------------------------------------------------------------
  triage_page waiting() {
    connection c(db_.options());
    return run(c, list_triage{}).value();
  }
  conversation_view conversation(const std::string& uid,
                                 const domain::principal& by = person(domain::role::admin),
                                 talk_window window = {}, bool notes = false) {
    connection c(db_.options());
    get_conversation ask;
    ask.uid = uid;
    ask.window = window;
    ask.notes = notes;
    ask.by = by;
    return run(c, ask).value();
  }
  std::string command_states() const {
    return db_.ask("SELECT verb || ' ' || state FROM wa_commands ORDER BY message_id");
  }
  std::string status_of(const std::string& uid) const {
    return db_.ask("SELECT status FROM tickets WHERE uid = '" + uid + "'");
  }
  std::string ticket_of(const std::string& stanza) const {
    return db_.ask(
        "SELECT coalesce((SELECT t.uid FROM tickets t WHERE t.id = m.ticket_id), '-') || CASE WHEN"
        " m.internal THEN ' internal' ELSE '' END FROM messages m WHERE m.ext_id = '" +
        stanza + "'");
  }

  wa_line line_;
};

}  // namespace fibrehub::store::tests

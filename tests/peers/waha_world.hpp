// The state behind the simulated WAHA server: sessions, messages, media and what becomes of every
// event on its way to the webhooks, faults included. Lives on the io thread only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <unordered_map>
#include <vector>

#include "peers/ledger.hpp"
#include "peers/options.hpp"
#include "peers/support.hpp"
#include "peers/waha_envelopes.hpp"
#include "peers/webhook_sender.hpp"

namespace fibrehub::peers {

struct waha_session {
  std::string name;
  account me;
  std::string status = "STOPPED";
  bool paired = true;
  std::deque<std::pair<std::string, std::int64_t>> statuses;  // the last three
  std::string config_json;                                    // as given; empty: never configured
  std::string metadata_json;
  std::vector<std::shared_ptr<const webhook_config>> webhooks;
  std::deque<chat_message> messages;  // oldest first, every chat
  std::unordered_map<std::string, std::size_t> by_stanza;
  std::vector<std::string> backlog;  // stanzas that waited for the session to work again
  std::int64_t activity_ms = 0;
  std::uint64_t epoch = 0;  // a lifecycle step is void when the epoch moved on

  bool working() const { return status == "WORKING"; }
  const chat_message* find(std::string_view stanza) const;
};

struct media_file {
  content kind = content::image;
  std::string mark;
  std::int64_t created_ms = 0;
};

class waha_world {
 public:
  waha_world(boost::asio::io_context& io, const peers_options& options, fault_set& faults,
             webhook_sender& sender, ledger& book);

  /// Known once the server listens; media URLs start with it.
  void set_base_url(std::string url) { base_url_ = std::move(url); }
  /// Starts the sessions of the options, already paired.
  void start();

  // What happens on WhatsApp.
  void receive(const std::string& session, chat_message m);
  void react(const std::string& session, const reaction_event& r);
  void edit(const std::string& session, const edit_event& e);
  void revoke(const std::string& session, const edit_event& e);
  void call(const std::string& session, const call_event& c);
  void presence(const std::string& session, std::string_view chat, std::string_view who,
                std::string_view state);
  /// STARTING and WORKING again, as NOWEB does every now and then.
  void flap(const std::string& session);

  // What the REST API does.
  waha_session* find(std::string_view name);
  waha_session& create(const std::string& name, bool paired);
  bool remove(const std::string& name);
  void start_session(waha_session& s);
  void stop_session(waha_session& s);
  void logout_session(waha_session& s);
  /// Somebody scanned the QR code.
  void pair_session(waha_session& s);
  /// A message sent through the API: stored, echoed as message.any, acknowledged step by step.
  void send(waha_session& s, chat_message m);
  /// Nobody in this chat ever wrote to us.
  static bool cold(const waha_session& s, std::string_view chat);
  /// Replaces the configuration of a session; the error says what WAHA would complain about.
  tl::expected<void, std::string> configure(waha_session& s, const std::string& config_json);

  /// The server dies and comes back: pending webhooks are lost, the start time changes.
  void restart(std::int64_t down_ms);
  bool down() const { return down_; }

  const media_file* find_media(const std::string& session, const std::string& file) const;
  void renew_media(const std::string& session, const chat_message& m);
  const std::map<std::string, std::unique_ptr<waha_session>>& sessions() const { return sessions_; }
  /// A known person by phone or lid digits.
  const person* find_person(std::string_view digits) const;
  void know(const person& p);
  const std::map<std::string, person>& people() const { return by_phone_; }

  std::int64_t start_ms() const { return start_ms_; }
  /// Timers that will still make webhooks.
  std::size_t scheduled() const { return scheduled_; }
  random_source& random() { return random_; }
  const peers_options& options() const { return options_; }
  fault_set& faults() { return faults_; }
  std::int64_t scaled_ms(double ms) const {
    return static_cast<std::int64_t>(ms * options_.time_scale);
  }

 private:
  void set_status(waha_session& s, std::string_view status);
  void status_later(waha_session& s, std::string_view status, double after_ms);
  void offer_code(waha_session& s, int number);
  void store(waha_session& s, const chat_message& m);
  void publish_message(waha_session& s, const chat_message& m);
  void follow_with_faults(waha_session& s, const chat_message& m);
  void flush_backlog(waha_session& s);
  void climb_acks(waha_session& s, const chat_message& m);
  void emit(waha_session& s, std::string_view event, const std::string& payload,
            std::string_view stanza = {}, double hold_ms = 0, bool forced = false);
  void emit_as(waha_session& s, envelope_head head, const std::string& payload,
               std::string_view stanza, double hold_ms, bool forced);
  void post(waha_session& s, webhook_job job, double hold_ms);
  void post_body(waha_session& s, std::string event, std::string body, std::string stanza,
                 bool wrong_signature);
  envelope_head new_head(const waha_session& s, std::string_view event);
  std::vector<std::shared_ptr<const webhook_config>> hooks(const waha_session& s) const;
  /// `awaited` timers count as work still to come.
  void after(double ms, std::function<void()> what, bool awaited = true);
  boost::asio::awaitable<void> run_after(std::int64_t ms, std::function<void()> what, bool awaited);
  void attempted(const webhook_job& job, unsigned status);
  std::string media_url(const std::string& session, const chat_message& m) const;
  std::string media_name(const chat_message& m) const;

  boost::asio::io_context& io_;
  const peers_options& options_;
  fault_set& faults_;
  webhook_sender& sender_;
  ledger& book_;
  random_source random_;
  std::string base_url_;
  std::shared_ptr<const webhook_config> global_hook_;
  std::map<std::string, std::unique_ptr<waha_session>> sessions_;
  std::map<std::string, media_file> media_;
  std::map<std::string, person> by_phone_;
  std::map<std::string, std::string, std::less<>> phone_by_lid_;
  std::int64_t start_ms_ = 0;
  std::size_t scheduled_ = 0;
  bool down_ = false;
};

}  // namespace fibrehub::peers

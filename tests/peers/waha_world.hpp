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
#include "peers/waha_session.hpp"
#include "peers/webhook_sender.hpp"

namespace fibrehub::peers {

struct media_file {
  content kind = content::image;
  std::string mark;
  std::int64_t created_ms = 0;
};

/// When message.any tells about a message the API sent.
enum class echo_time { at_once, later, never };

class waha_world {
 public:
  waha_world(boost::asio::io_context& io, const peers_options& options, fault_set& faults,
             webhook_sender& sender, ledger& book);

  /// Known once the server listens; media URLs start with the one or name the other.
  void set_address(std::string base_url, std::uint16_t port) {
    base_url_ = std::move(base_url);
    port_ = port;
  }
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
  /// Any other event, in the session's envelope.
  void tell(waha_session& s, std::string_view event, const std::string& payload);
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
  /// The phone unlinked the device: FAILED; only WEBJS tries again by itself and shows a QR code.
  void unlink_session(waha_session& s);
  /// After POST …/auth/passkey and …/passkey/confirm.
  void passkey_step(waha_session& s);
  /// A message sent through the API: stored, echoed as message.any, given to WhatsApp, acknowledged
  /// step by step. The same stanza again is given to WhatsApp again, which delivers it once.
  void send(waha_session& s, chat_message m, echo_time echo = echo_time::at_once);
  /// The echo a send with `echo_time::later` left out.
  void echo(const std::string& session, const std::string& stanza);
  void react_by_api(waha_session& s, reaction_event r);
  /// Nobody in this chat ever wrote to us.
  static bool cold(const waha_session& s, std::string_view chat);
  /// Replaces the configuration of a session; the error says what WAHA would complain about.
  tl::expected<void, std::string> configure(waha_session& s, const std::string& config_json);

  /// The server dies and comes back: pending webhooks are lost, the start time changes. What was
  /// stopped stays stopped.
  void restart(std::int64_t down_ms);
  bool down() const { return down_; }

  const media_file* find_media(const std::string& session, const std::string& file) const;
  /// Downloads the file of a message again: its URL works for another lifetime.
  void renew_media(const waha_session& s, chat_message& m);
  /// Every file reached the end of its lifetime.
  void expire_media() { media_.clear(); }
  const std::map<std::string, std::unique_ptr<waha_session>>& sessions() const { return sessions_; }
  /// A known person by phone or lid digits.
  const person* find_person(std::string_view digits) const;
  void know(const person& p);
  const std::map<std::string, person>& people() const { return by_phone_; }
  /// Whether the phone number behind a hidden id can be had now.
  bool lids_known() const { return faults_.waha_lid_unknown == 0; }
  /// The group, made up when nobody spoke of it before.
  waha_group& group(const std::string& id);
  waha_group* find_group(const std::string& id);
  void know_group(const std::string& id, const std::string& subject);
  const std::map<std::string, waha_group>& groups() const { return groups_; }
  void forget_group(const std::string& id) { groups_.erase(id); }
  /// As WAHA tells it: its wall clock less its uptime, worked out at every call, so that it differs
  /// by a millisecond from call to call and moves when the clock is corrected.
  std::int64_t start_ms() { return start_ms_ + clock_off_ms_ + clock_random_.between(-1, 1); }
  /// The server's wall clock is put right by so much; what it tells of its start moves with it.
  void correct_clock(std::int64_t by_ms) { clock_off_ms_ += by_ms; }
  /// Timers that will still make webhooks.
  std::size_t scheduled() const { return scheduled_; }
  random_source& random() { return random_; }
  const peers_options& options() const { return options_; }
  fault_set& faults() { return faults_; }
  /// Whether a fault happens now.
  bool hit(double fault_set::*which) { return dice_(which); }
  const waha_features& features() const { return features_; }
  ledger& book() { return book_; }
  std::string environment() const {
    return environment_json(options_.engine, options_.version, options_.plus);
  }
  std::string me(const waha_session& s) const { return me_json(s.me, features_.me_lid); }
  std::int64_t scaled_ms(double ms) const {
    return static_cast<std::int64_t>(ms * options_.time_scale);
  }

 private:
  void set_status(waha_session& s, std::string_view status);
  void connect(waha_session& s, int attempt);
  /// Runs `what` after WAHA's `after_ms` unless the session went another way meanwhile.
  void step_later(const waha_session& s, double after_ms, std::function<void(waha_session&)> what,
                  bool awaited = true);
  bool mute(const waha_session& s) const;
  void offer_code(waha_session& s, int number);
  void store(waha_session& s, const chat_message& m);
  void publish_message(waha_session& s, const chat_message& m);
  void follow_with_faults(waha_session& s, const chat_message& m);
  void flush_backlog(waha_session& s);
  void repeat_known(waha_session& s, std::size_t but_last);
  void fetch_media(waha_session& s, chat_message& m);
  void carry(waha_session& s, const chat_message& m);
  void tell_restriction(waha_session& s);
  void climb_acks(waha_session& s, const chat_message& m);
  void tell_ack(const std::string& session, chat_message m, int step);
  void emit(waha_session& s, std::string_view event, const std::string& payload,
            std::string_view stanza = {}, double hold_ms = 0, bool forced = false);
  void emit_as(waha_session& s, envelope_head head, const std::string& payload,
               std::string_view stanza, double hold_ms, bool forced);
  void post(waha_session& s, webhook_job job, double hold_ms);
  webhook_job new_job(const waha_session& s, std::shared_ptr<const webhook_config> config,
                      const envelope_head& head, std::string body) const;
  void post_body(waha_session& s, std::string event, std::string body, std::string stanza,
                 bool wrong_signature);
  envelope_head new_head(const waha_session& s, std::string_view event);
  std::vector<std::shared_ptr<const webhook_config>> hooks(const waha_session& s) const;
  /// `awaited` timers count as work still to come.
  void after(double ms, std::function<void()> what, bool awaited = true);
  boost::asio::awaitable<void> run_after(std::int64_t ms, std::function<void()> what, bool awaited);
  void attempted(const webhook_job& job, unsigned status);
  std::string media_url(const waha_session& s, const chat_message& m) const;
  std::string media_name(const waha_session& s, const chat_message& m) const;

  boost::asio::io_context& io_;
  const peers_options& options_;
  fault_set& faults_;
  webhook_sender& sender_;
  ledger& book_;
  const waha_features features_;
  fault_dice dice_;
  random_source random_;
  random_source clock_random_;  // apart: how often it is asked changes nothing else
  std::string base_url_;
  std::uint16_t port_ = 0;
  std::shared_ptr<const webhook_config> global_hook_;
  std::map<std::string, std::unique_ptr<waha_session>> sessions_;
  std::map<std::string, media_file> media_;
  std::map<std::string, person> by_phone_;
  std::map<std::string, std::string, std::less<>> phone_by_lid_;
  std::map<std::string, waha_group> groups_;
  std::int64_t start_ms_ = 0;
  std::int64_t clock_off_ms_ = 0;
  std::size_t scheduled_ = 0;
  bool down_ = false;
};

}  // namespace fibrehub::peers

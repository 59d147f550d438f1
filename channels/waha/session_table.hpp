// What is known of a bridge's sessions, and what a look at all of them changes in it. Pure.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "channels/waha/rest_answers.hpp"
#include "channels/waha/session_board.hpp"
#include "domain/inbound.hpp"
#include "store/wa/sessions.hpp"

namespace fibrehub::channels::waha {

/// WAHA's clock and ours differ a little: what it tells right after a look is newer than the look.
inline constexpr std::chrono::seconds look_margin{2};

struct known_session {
  session_info info;
  domain::instant added_at{};
  domain::instant known_at{};  // when the hub learnt its state
  domain::instant told_at{};   // WAHA's own time of it, where it was told
  domain::instant noted_at{};  // when a look was last written
  bool is_listed = false;      // the bridge is known to have it
  bool is_told_anew = false;   // no look has confirmed what it told last
  std::optional<domain::instant> heard_at, inbound_at, silent_since, pulled_at;
  domain::instant wanted_at{};     // a pull of everything before
  bool has_no_past = false;        // nothing can be read of it
  bool is_silence_unsaid = false;  // the store does not know of `silent_since` yet
  std::string why_silent;
  std::string failing_chat;  // the pulls' last one that could not be read
  std::uint32_t chat_failures = 0;
};

class session_table {
 public:
  using map = std::map<std::string, known_session, std::less<>>;

  /// As the database has it.
  void load(const store::wa_session_view& view, domain::instant now);
  /// Found, or added as one nobody has seen yet.
  known_session& get(const std::string& name, domain::instant now);
  known_session* find(const std::string& name);
  void forget(const std::string& name) { all_.erase(name); }

  /// It told its state. False: it told a later one before.
  bool told(const domain::session_status& status, domain::instant now);

  struct difference {
    std::vector<store::seen_session> changed;  // to be written
    std::vector<std::string> gone;             // forgotten here
  };
  /// What the bridge's list shows, asked for at `asked_at`. What was learnt since is newer.
  difference listed(const std::vector<session_info>& list, domain::instant asked_at,
                    domain::instant now);
  /// To be written again with the next look.
  void not_written(const std::vector<std::string>& names);

  /// By the places of `counted_states`.
  std::array<std::int64_t, counted_states.size()> count() const;

  map& all() { return all_; }
  const map& all() const { return all_; }

 private:
  map all_;
};

}  // namespace fibrehub::channels::waha

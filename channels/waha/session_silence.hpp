// When a session that says WORKING is believed no more. Quiet it may be; silent it is when the
// bridge has messages that no webhook told of. Pure: the time is a parameter.
#pragma once

#include <chrono>
#include <optional>

#include "domain/time.hpp"

namespace fibrehub::channels::waha {

/// What a pull came to, as far as silence is concerned.
struct pull_evidence {
  bool is_complete = false;    // the bridge was asked for everything
  bool is_impossible = false;  // nothing can be read of this session
  /// The newest of the messages no webhook had told of, of those old enough for one to have come.
  std::optional<domain::instant> newest_missed;
};

class silence_watch {
 public:
  /// Why an alarm ended.
  enum class ending {
    heard,            // a webhook came
    nothing_missing,  // asked again, the bridge has nothing that was not told
    not_working       // its state says what is the matter
  };
  enum class verdict {
    nothing,  // as before
    check,    // quiet for long: pull, and say what came of it
    silent,   // it is silent from now on
    over      // it is silent no more
  };

  /// `silent_since`: as it was known before a restart. A limit of zero looks at nothing.
  explicit silence_watch(std::chrono::milliseconds limit,
                         std::optional<domain::instant> silent_since = std::nullopt);

  /// A look at the session. A short spell of another state than WORKING is a reconnect, and changes
  /// nothing. `heard_at` is when a webhook last told of anything but its state.
  verdict look(bool is_working, std::optional<domain::instant> heard_at, domain::instant now);
  /// A pull of this session has ended, whatever it was made for.
  verdict pulled(const pull_evidence& evidence, domain::instant now);

  std::optional<domain::instant> silent_since() const { return silent_since_; }
  std::optional<domain::instant> heard_at() const { return heard_at_; }
  /// Of the last alarm that is over.
  ending ended_by() const { return ended_by_; }
  /// It could not be asked whether anything was missed.
  bool is_unproven() const { return is_unproven_; }

 private:
  bool is_quiet(domain::instant now) const;
  verdict raise(bool unproven);
  verdict lower(ending why);
  /// True: it has been out of WORKING for longer than a reconnect takes.
  bool note_state(bool is_working, domain::instant now);

  std::chrono::milliseconds limit_;
  std::optional<domain::instant> heard_at_, silent_since_;
  std::optional<domain::instant> working_since_;
  std::optional<domain::instant> checked_at_;  // a check was wanted
  std::optional<domain::instant> missed_at_;   // newest message that was missed
  std::optional<domain::instant> out_since_;   // left WORKING; nothing: not looked at yet
  bool is_working_ = false;
  ending ended_by_ = ending::heard;
  bool is_check_open_ = false;
  bool is_unproven_ = false;
};

}  // namespace fibrehub::channels::waha

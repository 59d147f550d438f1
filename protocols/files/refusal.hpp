// Why a file is not taken: a code for programs and logs, a sentence for the person who sent it.
// The sentence says what to do and never repeats bytes of the file.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace fibrehub::protocols::files {

enum class refusal_code {
  empty,              // no bytes at all
  too_large,          // more bytes than allowed
  type_not_allowed,   // the ending of the name is not on the list
  wrong_content,      // the content is not what the ending promises
  damaged,            // the right kind, but broken, cut off or built to be read in two ways
  too_many_pixels,    // an image that would fill the memory of whoever opens it
  unpacks_too_large,  // a document that unpacks to too much, or too many parts
  unsafe_entries,     // a document whose parts have names that lead out of it, or links
  encrypted,          // protected by a password, so nobody can check it
  macros,             // a document that carries programs
  unavailable         // our own fault: the check could not be made; nothing is known of the file
};

/// "wrong_content" …; stable, part of the API.
std::string_view name_of(refusal_code code);

struct refusal {
  refusal_code code = refusal_code::unavailable;
  std::string message;
};

using verdict = tl::expected<void, refusal>;

tl::unexpected<refusal> refuse(refusal_code code, std::string message);

/// Refused as damaged; `what` names the thing, like "The PNG image".
tl::unexpected<refusal> refuse_damaged(std::string_view what);

}  // namespace fibrehub::protocols::files

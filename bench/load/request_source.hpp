// A stream of complete HTTP requests, made before the clock starts as far as possible.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fibrehub::bench {

class request_source {
 public:
  virtual ~request_source() = default;
  /// Makes everything up to position `count` of the stream.
  virtual void prepare(std::size_t count) = 0;
  /// How many requests had to be made later than `prepare`.
  virtual std::size_t made_late() const = 0;
  /// The request at a position of the stream; made now when it was not prepared.
  virtual std::string_view request(std::size_t position) = 0;
  /// Which message that position carries; repeats carry the number of the first one.
  virtual std::uint32_t message(std::size_t position) const = 0;
  /// Under what id the ledger notes a message down.
  virtual std::string message_id(std::uint32_t message) const = 0;
};

}  // namespace fibrehub::bench

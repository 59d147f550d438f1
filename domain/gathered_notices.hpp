// Many clocks that cross a level at the same moment are one piece of news to the person who has all
// of those tickets: nobody reads two hundred messages of the same minute. Pure.
#pragma once

#include <string>
#include <vector>

#include "domain/notices.hpp"

namespace fibrehub::domain {

/// So many notices of one kind are told to a person one by one; more of them as one.
inline constexpr std::size_t most_told_apart = 5;
/// Characters of the list in a gathered notice; the rest is counted.
inline constexpr std::size_t max_gathered_characters = 3'000;

/// A notice and the news it is of, which must live on.
struct owed_news {
  const ticket_news* news = nullptr;
  owed_notice notice;
};

/// One notice in place of many; it is of no single ticket.
struct gathered_notice {
  std::string key;     // the same for the same notices
  ticket_news news{};  // who and when, without a ticket
  owed_notice notice;
};

struct gathered_news {
  std::vector<owed_news> apart;  // in the order they came
  std::vector<gathered_notice> together;
};

/// Of clocks only, and not what waits for a digest; everything else stays apart. A gathered notice
/// leaves as soon as the first of its notices would have.
gathered_news gather(std::vector<owed_news> owed);

}  // namespace fibrehub::domain

#include "channels/waha/session_silence.hpp"

#include <gtest/gtest.h>

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;
using verdict = silence_watch::verdict;

constexpr domain::instant noon = domain::from_us(1'795'300'000'000'000);

pull_evidence nothing_missed() {
  pull_evidence e;
  e.is_complete = true;
  return e;
}
pull_evidence missed(domain::instant at) {
  pull_evidence e = nothing_missed();
  e.newest_missed = at;
  return e;
}

/// WORKING and heard at noon, quiet since; asked whether anything was missed at half past.
silence_watch quiet_for_half_an_hour() {
  silence_watch w(30min);
  EXPECT_EQ(w.look(true, noon, noon), verdict::nothing);
  EXPECT_EQ(w.look(true, noon, noon + 29min), verdict::nothing);
  EXPECT_EQ(w.look(true, noon, noon + 30min), verdict::check);
  return w;
}

TEST(SilenceWatch, AQuietSessionIsCheckedAndBelievedWhenNothingIsMissing) {
  silence_watch w = quiet_for_half_an_hour();
  EXPECT_EQ(w.pulled(nothing_missed(), noon + 31min), verdict::nothing);
  EXPECT_FALSE(w.silent_since());
  // Asked again when it stays quiet for as long once more, not before.
  EXPECT_EQ(w.look(true, noon, noon + 59min), verdict::nothing);
  EXPECT_EQ(w.look(true, noon, noon + 60min), verdict::check);
}

TEST(SilenceWatch, AMessageNoWebhookToldOfMakesItSilentUntilItIsHeard) {
  silence_watch w = quiet_for_half_an_hour();
  EXPECT_EQ(w.pulled(missed(noon + 5min), noon + 31min), verdict::silent);
  EXPECT_EQ(w.silent_since(), noon);
  EXPECT_FALSE(w.is_unproven());
  EXPECT_EQ(w.look(true, noon, noon + 32min), verdict::nothing);
  EXPECT_EQ(w.look(true, noon + 33min, noon + 34min), verdict::over);
  EXPECT_FALSE(w.silent_since());
}

TEST(SilenceWatch, WhatAnOrdinaryPullFoundCountsWhenTheTimeHasCome) {
  silence_watch w(30min);
  w.look(true, noon, noon);
  EXPECT_EQ(w.pulled(missed(noon + 5min), noon + 15min), verdict::nothing);
  EXPECT_EQ(w.look(true, noon, noon + 30min), verdict::silent);
}

TEST(SilenceWatch, WhatWasMissedBeforeItWasHeardIsNoSilence) {
  silence_watch w(30min);
  w.look(true, noon, noon);
  EXPECT_EQ(w.pulled(missed(noon - 5min), noon + 1min), verdict::nothing);
  EXPECT_EQ(w.look(true, noon, noon + 30min), verdict::check);
  EXPECT_EQ(w.pulled(nothing_missed(), noon + 31min), verdict::nothing);
}

TEST(SilenceWatch, ACheckThatFindsNothingEndsTheAlarm) {
  silence_watch w = quiet_for_half_an_hour();
  w.pulled(missed(noon + 5min), noon + 31min);
  EXPECT_EQ(w.look(true, noon, noon + 60min), verdict::check);
  EXPECT_EQ(w.pulled(nothing_missed(), noon + 61min), verdict::over);
  EXPECT_EQ(w.ended_by(), silence_watch::ending::nothing_missing);
}

TEST(SilenceWatch, WhereNothingCanBeReadTheAlarmSaysThatItIsNoProof) {
  silence_watch w = quiet_for_half_an_hour();
  pull_evidence e;
  e.is_impossible = true;
  EXPECT_EQ(w.pulled(e, noon + 31min), verdict::silent);
  EXPECT_TRUE(w.is_unproven());
}

TEST(SilenceWatch, APullThatFailedProvesNothing) {
  silence_watch w = quiet_for_half_an_hour();
  EXPECT_EQ(w.pulled({}, noon + 31min), verdict::nothing);
  EXPECT_EQ(w.pulled(missed(noon + 1min), noon + 35min), verdict::silent);
}

TEST(SilenceWatch, NobodyIsExpectedWhereNobodyWroteForADay) {
  silence_watch w(30min);
  w.look(true, noon, noon);
  EXPECT_EQ(w.look(true, noon, noon + 25h), verdict::nothing);
  silence_watch never(30min);
  never.look(true, std::nullopt, noon);
  EXPECT_EQ(never.look(true, std::nullopt, noon + 1h), verdict::nothing);
}

TEST(SilenceWatch, WhatIsNotWorkingIsNotSilent) {
  silence_watch w(30min);
  w.look(false, noon, noon);
  EXPECT_EQ(w.look(false, noon, noon + 1h), verdict::nothing);
  // Its time begins when it works.
  EXPECT_EQ(w.look(true, noon, noon + 61min), verdict::nothing);
  EXPECT_EQ(w.look(true, noon, noon + 91min), verdict::check);
  w.pulled(missed(noon + 62min), noon + 92min);
  EXPECT_EQ(w.look(false, noon, noon + 93min), verdict::nothing) << "a reconnect, perhaps";
  EXPECT_EQ(w.look(false, noon, noon + 97min), verdict::nothing);
  EXPECT_EQ(w.look(false, noon, noon + 98min), verdict::over);
  EXPECT_EQ(w.ended_by(), silence_watch::ending::not_working);
}

TEST(SilenceWatch, AReconnectDoesNotEndTheAlarm) {
  silence_watch w = quiet_for_half_an_hour();
  w.pulled(missed(noon + 5min), noon + 31min);
  for (auto at = noon + 40min; at < noon + 3h; at += 30min) {
    EXPECT_EQ(w.look(false, noon, at), verdict::nothing);
    EXPECT_NE(w.look(true, noon, at + 1min), verdict::over);
    EXPECT_EQ(w.silent_since(), noon);
  }
  EXPECT_EQ(w.look(true, noon + 3h, noon + 3h), verdict::over);
  EXPECT_EQ(w.ended_by(), silence_watch::ending::heard);
}

TEST(SilenceWatch, ASessionThatReconnectsMoreOftenThanTheLimitIsCalledSilent) {
  silence_watch w(30min);
  w.look(true, noon, noon);
  w.look(false, noon, noon + 20min);
  EXPECT_EQ(w.look(true, noon, noon + 21min), verdict::nothing);
  EXPECT_EQ(w.pulled(missed(noon + 15min), noon + 22min), verdict::nothing);
  EXPECT_EQ(w.look(true, noon, noon + 31min), verdict::silent);
}

TEST(SilenceWatch, ALongTimeOutOfWorkingBeginsAnew) {
  silence_watch w(30min);
  w.look(true, noon, noon);
  w.look(false, noon, noon + 20min);
  EXPECT_EQ(w.look(true, noon, noon + 40min), verdict::nothing);
  // What was lost meanwhile proves nothing.
  EXPECT_EQ(w.pulled(missed(noon + 30min), noon + 41min), verdict::nothing);
  EXPECT_EQ(w.look(true, noon, noon + 69min), verdict::nothing);
  EXPECT_EQ(w.look(true, noon, noon + 70min), verdict::check);
}

TEST(SilenceWatch, MessagesThatAreMissedKeepItExpectedAfterADay) {
  silence_watch w(30min);
  w.look(true, noon, noon);
  EXPECT_EQ(w.look(true, noon, noon + 30h), verdict::nothing);
  EXPECT_EQ(w.pulled(missed(noon + 30h), noon + 30h + 5min), verdict::silent);
  EXPECT_EQ(w.silent_since(), noon);
}

TEST(SilenceWatch, RemembersASilenceFromBeforeARestart) {
  silence_watch w(30min, noon);
  EXPECT_EQ(w.look(true, noon, noon + 1h), verdict::nothing);
  EXPECT_EQ(w.silent_since(), noon);
  EXPECT_EQ(w.look(true, noon + 61min, noon + 62min), verdict::over);
}

TEST(SilenceWatch, WhatWasLostBeforeItWorkedIsNoSilenceHoweverQuietItStays) {
  // The hub starts, or the bridge: a pull finds what was lost, and nobody writes after that.
  silence_watch w(30min);
  w.look(true, noon - 2h, noon);
  EXPECT_EQ(w.pulled(missed(noon - 1min), noon + 1min), verdict::nothing);
  EXPECT_EQ(w.look(true, noon - 2h, noon + 30min), verdict::check);
  EXPECT_EQ(w.pulled(nothing_missed(), noon + 31min), verdict::nothing);
  EXPECT_FALSE(w.silent_since());
}

TEST(SilenceWatch, ASilenceFromBeforeARestartEndsWithASessionThatDoesNotWork) {
  silence_watch w(30min, noon);
  EXPECT_EQ(w.look(false, noon, noon + 1h), verdict::over);
  EXPECT_EQ(w.look(false, noon, noon + 2h), verdict::nothing);
}

TEST(SilenceWatch, ALimitOfZeroLooksAtNothing) {
  silence_watch w(0ms);
  w.look(true, noon, noon);
  EXPECT_EQ(w.look(true, noon, noon + 10h), verdict::nothing);
}

}  // namespace
}  // namespace fibrehub::channels::waha

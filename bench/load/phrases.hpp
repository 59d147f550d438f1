// Words of the trade, so that made-up data can be searched like real data.
#pragma once

#include <cstdint>
#include <string_view>

namespace fibrehub::bench {

inline constexpr std::uint32_t phrase_count = 24;
inline constexpr std::uint32_t person_count = 16;
inline constexpr std::uint32_t zone_count = 12;

inline std::string_view phrase(std::uint32_t n) {
  constexpr std::string_view all[phrase_count] = {"No light on the ONT since this morning",
                                                  "Red LOS light, the customer restarted twice",
                                                  "Cable cut by the water contractor at the corner",
                                                  "Pole leaning over the pavement after the storm",
                                                  "Slow speed in the evening, fine during the day",
                                                  "Splice loss too high at the dome joint",
                                                  "Customer not home, gate locked",
                                                  "Drop cable hangs low over the driveway",
                                                  "Photo of the installation is missing",
                                                  "Signal drops whenever it rains",
                                                  "New router delivered, does not connect",
                                                  "Power supply of the ONT broken",
                                                  "Trench not closed in front of the school",
                                                  "Enclosure open and full of water",
                                                  "Port at the OLT flaps",
                                                  "Intermittent loss of service",
                                                  "Customer asks when the technician comes",
                                                  "Rodent damage in the ceiling",
                                                  "Wrong drop labelled at the pole",
                                                  "Connector dirty, cleaned and tested",
                                                  "OTDR shows a break at 240 m",
                                                  "Permit for the road crossing has expired",
                                                  "Working again after the splice was redone",
                                                  "Please close, all good now"};
  return all[n % phrase_count];
}

inline std::string_view person_name(std::uint32_t n) {
  constexpr std::string_view all[person_count] = {
      "Thabo Mokoena",  "Lerato Dlamini",  "Sipho Nkosi",   "Sarah van Wyk",
      "Johan Botha",    "Naledi Khumalo",  "Marcus Peters", "Ayesha Patel",
      "Pieter Coetzee", "Zanele Mthembu",  "David Naidoo",  "Grace Molefe",
      "Kabelo Sithole", "Fatima Abrahams", "Andre Fourie",  "Precious Zulu"};
  return all[n % person_count];
}

inline std::string_view zone_name(std::uint32_t n) {
  constexpr std::string_view all[zone_count] = {
      "Lawley North", "Lawley South", "Ennerdale", "Orange Farm", "Lenasia",   "Eldorado Park",
      "Soweto East",  "Soweto West",  "Midrand",   "Tembisa",     "Centurion", "Mamelodi"};
  return all[n % zone_count];
}

}  // namespace fibrehub::bench

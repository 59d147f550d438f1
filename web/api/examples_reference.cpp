// Examples of reference data; the rows that are sent have theirs from their declarations.
// Shown in the description of the API. {"$example":"X"} stands for the example of the schema X.
#include "web/api/routes.hpp"

namespace fibrehub::web::api {

example_registry reference_examples() {
  return {
      {"ReferenceClient",
       R"({"id":1,"code":"ACME","name":"Acme Estates","email":null,"phone":null,"archived":false,
"archived_at":null,"updated_at":"2026-11-21T20:03:05Z"})"},
      {"ReferenceContractor",
       R"({"id":1,"code":"SPLICE-CO","name":"Splice & Co","email":null,"phone":null,"archived":false,
"archived_at":null,"updated_at":"2026-11-21T20:03:05Z"})"},
      {"ReferenceDrop",
       R"({"id":1,"code":"1730654","project":"LAWLEY-2","pole":"P-4521","contractor":"SPLICE-CO",
"client":null,"zone":"Zone A","pon":"PON-07","address":"213 Vygie Crescent",
"install_date":"2025-03-14","latitude":null,"longitude":null,"archived":false,
"archived_at":null,"updated_at":"2026-11-21T20:03:05Z"})"},
      {"ReferencePage",
       R"({"kind":"drops","rows":[{"$example":"ReferenceRow"}],"pagination":{"$example":"Pagination"}})"},
      {"ReferencePole",
       R"({"id":1,"code":"P-4521","project":"LAWLEY-2","zone":"Zone A","latitude":null,"longitude":null,
"archived":false,"archived_at":null,"updated_at":"2026-11-21T20:03:05Z"})"},
      {"ReferenceProject",
       R"({"id":1,"code":"LAWLEY-2","name":"Lawley Phase 2","client":"ACME","archived":false,
"archived_at":null,"updated_at":"2026-11-21T20:03:05Z"})"},
      {"ReferenceQaPhotoReview",
       R"({"id":1,"code":"QA-2025-0815","drop":"1730654","outcome":"failed",
"reason":"The cable is not clamped at the pole","reviewer":"Lerato M.",
"reviewed_at":"2025-12-01T09:30:00Z","ticket_uid":"DR1730654-01",
"updated_at":"2026-11-21T20:03:05Z"})"},
      {"ReferenceRow", R"({"$example":"ReferenceDrop"})"},
      {"ReferenceTeam",
       R"({"id":1,"name":"North","zone":"Zone A","specialties":["splicing"],
"lead":"mandla@fibreops.example","members":["thabo@fibreops.example"],"archived":false,
"archived_at":null,"updated_at":"2026-11-21T20:03:07Z"})"},
  };
}

}  // namespace fibrehub::web::api

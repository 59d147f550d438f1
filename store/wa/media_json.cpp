#include "store/wa/media_json.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace fibrehub::store {

std::string media_json_for_clients(const std::string& media_json) {
  rapidjson::Document doc;
  if (media_json.empty() || doc.Parse(media_json.data(), media_json.size()).HasParseError() ||
      !doc.IsObject())
    return {};
  for (const char* key : {"reason", "error"})
    doc.RemoveMember(key);
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  doc.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace fibrehub::store

#include "bench/load/read_source.hpp"

#include <fmt/format.h>

#include <fstream>
#include <random>
#include <stdexcept>

namespace fibrehub::bench {

read_source::read_source(const read_options& options) : seed_(options.seed) {
  for (const std::string& path : options.paths)
    requests_.push_back(
        fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n", path,
                    options.host_header, options.token));
  if (requests_.empty()) throw std::runtime_error("--paths: the file names no path");
}

std::string_view read_source::request(std::size_t position) {
  std::minstd_rand random(static_cast<std::uint32_t>(seed_ * 7919 + position + 1));
  random.discard(1);
  return requests_[random() % requests_.size()];
}

std::vector<std::string> read_paths(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("--paths: cannot read " + file);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) out.push_back(line);
  return out;
}

}  // namespace fibrehub::bench

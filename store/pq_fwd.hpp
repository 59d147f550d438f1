// For headers that only name a connection.
#pragma once

namespace fibrehub::store {
class connection;
}

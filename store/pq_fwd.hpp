// For headers that only name a connection or a transaction.
#pragma once

namespace pqxx {
class transaction_base;
}

namespace fibrehub::store {
class connection;
}

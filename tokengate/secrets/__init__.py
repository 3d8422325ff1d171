"""Where the upstreams' credentials come from. A reference is `SOURCE:TEXT`, such as `env:ORDERS_DB_URL`."""

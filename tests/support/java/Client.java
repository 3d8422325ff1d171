// pgjdbc through the gateway: prepared statements past its server-prepare threshold, a fetch size, a batch, a transaction, a refusal.
import java.sql.*;
import java.util.Properties;

public class Client {
    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.setProperty("user", "ci");
        properties.setProperty("password", System.getenv("TOKEN"));
        properties.setProperty("sslmode", "verify-full");
        properties.setProperty("sslrootcert", System.getenv("CA"));
        try (Connection connection = DriverManager.getConnection(System.getenv("URL"), properties)) {
            try (PreparedStatement statement = connection.prepareStatement("select name from app.customers where id = ?")) {
                for (int n = 0; n < 12; n++) {
                    statement.setInt(1, 1 + n % 3);
                    try (ResultSet rows = statement.executeQuery()) {
                        if (!rows.next()) throw new AssertionError("no row");
                    }
                }
            }
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.setFetchSize(7);
                int count = 0;
                try (ResultSet rows = statement.executeQuery("select generate_series(1, 100)")) {
                    while (rows.next()) count++;
                }
                if (count != 100) throw new AssertionError("fetched " + count);
                statement.execute("create temp table batch (n int)");
            }
            try (PreparedStatement statement = connection.prepareStatement("insert into batch values (?)")) {
                for (int n = 0; n < 1000; n++) {
                    statement.setInt(1, n);
                    statement.addBatch();
                }
                if (statement.executeBatch().length != 1000) throw new AssertionError("batch");
            }
            connection.commit();
            connection.setAutoCommit(true);
            try (Statement statement = connection.createStatement()) {
                statement.execute("drop table app.orders");
                throw new AssertionError("not refused");
            } catch (SQLException refused) {
                System.out.println(refused.getSQLState());
            }
            DatabaseMetaData meta = connection.getMetaData();
            try (ResultSet rows = meta.getColumns(null, "app", "customers", null)) {
                int columns = 0;
                while (rows.next()) columns++;
                System.out.println(columns);
            }
        }
    }
}

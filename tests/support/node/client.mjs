// node-postgres through the gateway: a parameterised query, a named prepared statement used thrice.
import fs from "node:fs";
import pg from "pg";

const client = new pg.Client({ ssl: { ca: fs.readFileSync(process.env.CA, "utf8") } });
await client.connect();
const { rows } = await client.query("select name from app.customers where id = $1", [2]);
const prepared = [];
for (const n of [1, 2, 3]) {
  const answer = await client.query({ name: "echo", text: "select $1::int as n", values: [n] });
  prepared.push(answer.rows[0].n);
}
await client.end();
console.log(JSON.stringify({ name: rows[0].name, prepared, denied: null }));

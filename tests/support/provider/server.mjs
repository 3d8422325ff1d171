// A real OpenID provider on loopback: JWT access tokens by client credentials, signed with RS256 or ES256 as PROVIDER_ALG says.
import crypto from "node:crypto";
import Provider from "oidc-provider";

const port = Number(process.argv[2]);
const alg = process.argv[3];
const pair = alg === "RS256"
  ? crypto.generateKeyPairSync("rsa", { modulusLength: 2048 })
  : crypto.generateKeyPairSync("ec", { namedCurve: "P-256" });
const jwk = { ...pair.privateKey.export({ format: "jwk" }), use: "sig", alg, kid: `${alg}-1` };

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: "ci-job", client_secret: "only for this test", grant_types: ["client_credentials"],
    redirect_uris: [], response_types: [], id_token_signed_response_alg: alg,
  }],
  jwks: { keys: [jwk] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => "urn:tokengate",
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: "", audience: "tokengate", accessTokenTTL: 600, accessTokenFormat: "jwt", jwt: { sign: { alg } },
      }),
    },
  },
});
provider.listen(port, "127.0.0.1", () => console.log("ready"));

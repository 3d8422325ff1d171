// A real OpenID provider on loopback: JWT access tokens by client credentials and ID tokens by device flow, signed with
// RS256 or ES256 as the second argument says. Whoever logs in on its pages is who they say.
import crypto from "node:crypto";
import Provider from "oidc-provider";

const port = Number(process.argv[2]);
const alg = process.argv[3];
const pair = alg === "RS256"
  ? crypto.generateKeyPairSync("rsa", { modulusLength: 2048 })
  : crypto.generateKeyPairSync("ec", { namedCurve: "P-256" });
const jwk = { ...pair.privateKey.export({ format: "jwk" }), use: "sig", alg, kid: `${alg}-1` };

const byDevice = {
  grant_types: ["urn:ietf:params:oauth:grant-type:device_code"],
  redirect_uris: [], response_types: [], id_token_signed_response_alg: alg,
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: "ci-job", client_secret: "only for this test", grant_types: ["client_credentials"],
    redirect_uris: [], response_types: [], id_token_signed_response_alg: alg,
  }, {
    ...byDevice, client_id: "gateway", token_endpoint_auth_method: "none",
  }, {
    ...byDevice, client_id: "confidential", client_secret: "a secret: of the test's",
  }],
  jwks: { keys: [jwk] },
  features: {
    devInteractions: { enabled: true },
    deviceFlow: { enabled: true },
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

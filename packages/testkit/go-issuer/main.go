// An OpenID issuer on zitadel/oidc, for tests: another make of token than that of Keycloak or of our development issuers.
// Its tokens are RS256, of `typ` JWT, with `nbf`; exchanged ones name the actor in `act`.
package main

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
)

const callback = "http://127.0.0.1/callback"

func main() {
	config, err := parseConfig(os.Getenv("SELVAGE_GO_ISSUER"))
	if err != nil {
		log.Fatalf("SELVAGE_GO_ISSUER: %v", err)
	}
	storage.RegisterClients(storage.NativeClient("selvage-cli", callback))
	for _, program := range config.Programs {
		storage.RegisterClients(storage.WebClient(program, config.ClientSecret, callback))
	}
	address := fmt.Sprintf("127.0.0.1:%d", config.Port)
	listener, err := net.Listen("tcp4", address)
	if err != nil {
		log.Fatal(err)
	}
	store := Store{storage.NewStorage(Users{config.People, config.PersonPassword}), config}
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	log.Fatal(http.Serve(listener, exampleop.SetupServer("http://"+address, store, quiet, false)))
}

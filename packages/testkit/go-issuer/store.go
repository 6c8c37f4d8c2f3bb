package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// Store is the library's own, in memory, but its access tokens are JWTs for one audience, with claims of people and actors.
type Store struct {
	*storage.Storage
	config Config
}

// client has JWTs as access tokens, and may have grants more.
type client struct {
	op.Client
	more []oidc.GrantType
}

func (c client) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }
func (c client) GrantTypes() []oidc.GrantType        { return append(c.more, c.Client.GrantTypes()...) }

func (s Store) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	known, err := s.Storage.GetClientByClientID(ctx, id)
	if err != nil {
		return nil, err
	}
	return client{known, []oidc.GrantType{oidc.GrantTypeClientCredentials, oidc.GrantTypeDeviceCode}}, nil
}

// request is a login whose token is for the gate, not for the client that fetches it.
type request struct {
	*storage.AuthRequest
	audience string
}

func (r request) GetAudience() []string { return []string{r.audience} }

func (s Store) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	found, err := s.Storage.AuthRequestByCode(ctx, code)
	if login, ok := found.(*storage.AuthRequest); ok && err == nil {
		return request{login, s.config.Audience}, nil
	}
	return found, err
}

// The token of a login by device is for the gate, too.
func (s Store) GetDeviceAuthorizatonState(ctx context.Context, id, code string) (*op.DeviceAuthorizationState, error) {
	state, err := s.Storage.GetDeviceAuthorizatonState(ctx, id, code)
	if err != nil {
		return nil, err
	}
	login := *state
	login.Audience = []string{s.config.Audience}
	return &login, nil
}

func (s Store) CreateAccessToken(ctx context.Context, wanted op.TokenRequest) (string, time.Time, error) {
	if login, ok := wanted.(request); ok {
		return s.Storage.CreateAccessToken(ctx, login.AuthRequest)
	}
	return s.Storage.CreateAccessToken(ctx, wanted)
}

func (s Store) ClientCredentials(ctx context.Context, id, secret string) (op.Client, error) {
	if !slices.Contains(s.config.Programs, id) || subtle.ConstantTimeCompare([]byte(secret), []byte(s.config.ClientSecret)) != 1 {
		return nil, errors.New("no such program, or not its secret")
	}
	return s.GetClientByClientID(ctx, id)
}

func (s Store) ClientCredentialsTokenRequest(_ context.Context, id string, scopes []string) (op.TokenRequest, error) {
	return &oidc.JWTTokenRequest{Subject: id, Audience: []string{s.config.Audience}, Scopes: scopes}, nil
}

func (s Store) GetPrivateClaimsFromScopes(_ context.Context, login, _ string, _ []string) (map[string]any, error) {
	return s.config.People.claimsOf(login), nil
}

// The library has verified the actor's token, and names its subject.
func (s Store) GetPrivateClaimsFromTokenExchangeRequest(_ context.Context, exchange op.TokenExchangeRequest) (map[string]any, error) {
	claims := s.config.People.claimsOf(exchange.GetSubject())
	if actor := exchange.GetExchangeActor(); actor != "" {
		claims["act"] = map[string]any{"sub": actor}
	}
	return claims, nil
}

package main

import (
	"encoding/json"
	"fmt"

	"github.com/zitadel/oidc/v3/example/server/storage"
)

// Config comes in the environment: it holds secrets, and command lines are for all to see.
type Config struct {
	Port     int      `json:"port"`
	Audience string   `json:"audience"`
	People   People   `json:"people"`
	Programs []string `json:"programs"`
	// PersonPassword opens each person's account, ClientSecret is each program's.
	PersonPassword string `json:"personPassword"`
	ClientSecret   string `json:"clientSecret"`
}

// A Person's claims go into each of its access tokens. Its login is its subject.
type Person struct {
	Login  string         `json:"login"`
	Claims map[string]any `json:"claims"`
}

type People []Person

func parseConfig(text string) (config Config, err error) {
	if err = json.Unmarshal([]byte(text), &config); err == nil && (config.Port == 0 || config.PersonPassword == "" || config.ClientSecret == "") {
		err = fmt.Errorf("a port or a secret is missing")
	}
	return config, err
}

// Users is what the library's storage asks about who may log in.
type Users struct {
	people   People
	password string
}

func (u Users) GetUserByID(id string) *storage.User {
	for _, person := range u.people {
		if person.Login == id {
			return &storage.User{ID: id, Username: id, Password: u.password}
		}
	}
	return nil
}

func (u Users) GetUserByUsername(name string) *storage.User { return u.GetUserByID(name) }

// ExampleClientID names the service whose public key the library's example knows. It has no client here.
func (u Users) ExampleClientID() string { return "nobody" }

func (p People) claimsOf(login string) map[string]any {
	claims := map[string]any{}
	for _, person := range p {
		if person.Login == login {
			for name, value := range person.Claims {
				claims[name] = value
			}
		}
	}
	return claims
}

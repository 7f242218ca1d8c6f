package main

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"

	"github.com/alecthomas/kong"

	"billfold/db"
	"billfold/web"
)

// serverFlags are how the server is reached.
type serverFlags struct {
	Addr         string    `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen; port 0 picks a free one. (default: ${default})"`
	BaseURL      string    `placeholder:"URL" help:"The address that browsers use, where that is another: https://billing.example.com behind a proxy."`
	TrustedProxy string    `placeholder:"ADDRESS,…" help:"Proxies that are believed when they say where a request came from: addresses or networks, for example 10.0.0.5,10.1.0.0/16. (default: this machine where there is a --base-url, else none)"`
	MetricsAddr  string    `placeholder:"HOST:PORT" help:"Where Prometheus reads /metrics; keep it from the public. (default: nowhere)"`
	Log          string    `enum:"text,json" default:"text" placeholder:"text|json" help:"How to write the log. (default: ${default})"`
	RateLimit    callLimit `default:"600" placeholder:"N" help:"API calls a minute for each key; 0 for no limit. (default: ${default})"`

	proxies []netip.Prefix // TrustedProxy
}

// callLimit is a number of API calls.
type callLimit int

// Decode reads the number. It takes whatever follows the flag, so that -3 is refused as a
// number rather than taken for another flag.
func (n *callLimit) Decode(ctx *kong.DecodeContext) error {
	typed := ""
	if !ctx.Scan.Peek().IsEOL() {
		typed = ctx.Scan.Pop().String()
	}
	calls, err := strconv.ParseUint(typed, 10, 31)
	if err != nil {
		return fmt.Errorf("%q is not a number of calls. Write a whole number, 0 for no limit", typed)
	}
	*n = callLimit(calls)
	return nil
}

// Validate refuses what the server can't be started with.
func (f *serverFlags) Validate() (err error) {
	if err := web.CheckAddress(f.Addr); err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	if f.BaseURL, err = web.ParseBaseURL(f.BaseURL); err != nil {
		return fmt.Errorf("--base-url: %w", err)
	}
	if f.proxies, err = web.ParseProxies(f.TrustedProxy); err != nil {
		return fmt.Errorf("--trusted-proxy: %w", err)
	}
	if f.MetricsAddr != "" {
		if err := web.CheckAddress(f.MetricsAddr); err != nil {
			return fmt.Errorf("--metrics-addr: %w", err)
		}
	}
	return nil
}

// serve serves the store until ctx ends. Once it can be reached it prints where, and
// then whatever announce adds, and begins to bill what falls due where that is wanted.
func (f *serverFlags) serve(ctx context.Context, store *db.Store, keys []byte, announce func(url string) error) error {
	log := web.NewLog(os.Stderr, f.Log)
	cfg := web.Config{Store: store, Keys: keys, BaseURL: f.BaseURL, Proxies: f.proxies, Log: log, RateLimit: int(f.RateLimit), Stopping: ctx.Done()}
	if f.MetricsAddr != "" {
		cfg.Metrics = web.NewMetrics(store, log)
	}
	handler, err := web.New(cfg)
	if err != nil {
		return err
	}
	listener, err := web.Listen("--addr", f.Addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	url := web.AddressOf(listener)
	watched, stopWatch, err := f.watch(ctx, cfg)
	if err != nil {
		return err
	}
	defer stopWatch()
	fmt.Printf("listening on %s\n", url)
	// Who is told to stop before all is said has not failed.
	if err := announce(cmp.Or(f.BaseURL, url)); err != nil && ctx.Err() == nil {
		return err
	}
	if watched != "" {
		fmt.Printf("metrics: %s/metrics\n", watched)
	}
	log.Info("start", "version", version(), "address", url, "metrics", watched, "database", store.Path(), "migrations", store.Migrated())
	defer log.Info("stopped")
	ctx, stop := context.WithCancel(ctx)
	var background sync.WaitGroup
	defer func() { stop(); background.Wait() }()
	background.Go(func() { <-ctx.Done(); log.Info("stopping") })
	background.Go(func() { billHourly(ctx, store, log) })
	return web.Serve(ctx, listener, handler, log)
}

// watch serves the metrics, where that is wanted, until stop is called: longer than
// anything else, to tell how stopping goes. It answers where.
func (f *serverFlags) watch(ctx context.Context, cfg web.Config) (url string, stop func(), err error) {
	if f.MetricsAddr == "" {
		return "", func() {}, nil
	}
	listener, err := web.Listen("--metrics-addr", f.MetricsAddr)
	if err != nil {
		return "", nil, err
	}
	watching, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var served sync.WaitGroup
	served.Go(func() {
		if err := web.Serve(watching, listener, web.NewWatch(cfg), cfg.Log); err != nil {
			cfg.Log.Error("metrics", "error", err)
		}
	})
	return web.AddressOf(listener), func() { cancel(); served.Wait() }, nil
}

type serveCommand struct {
	serverFlags
	Keys string `default:"billfold.keys" placeholder:"FILE" help:"The keys that sign cookies; made where the file is missing. (default: ${default})"`
}

// Run serves the database, and shows how to set it up where nobody has.
func (cmd *serveCommand) Run(ctx context.Context, f *shared) error {
	keys, err := web.LoadKeys(cmd.Keys)
	if err != nil {
		return err
	}
	return f.withStore(ctx, func(store *db.Store) error {
		return cmd.serve(ctx, store, keys, func(url string) error {
			link, err := web.SetupLink(ctx, store, url)
			if link != "" {
				fmt.Printf("set up: %s\n", link)
			}
			return err
		})
	})
}

type demoCommand struct {
	serverFlags
	Subscriptions int    `default:"2000" placeholder:"N" help:"How many subscriptions to make up. (default: ${default})"`
	Seed          uint64 `default:"1" placeholder:"N" help:"Another number makes other data, the same number the same. (default: ${default})"`
}

// Validate refuses a number of subscriptions that no demo can have.
func (cmd *demoCommand) Validate() error {
	if cmd.Subscriptions < db.MinDemo || cmd.Subscriptions > db.MaxDemo {
		return fmt.Errorf("--subscriptions: choose a number from %d to %d", db.MinDemo, db.MaxDemo)
	}
	return nil
}

// Run serves made-up data, which goes with the server unless --database keeps it.
func (cmd *demoCommand) Run(ctx context.Context, f *shared) error {
	if f.Database == "" {
		folder, err := os.MkdirTemp("", "billfold-demo-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(folder)
		f.Database = filepath.Join(folder, "demo.db")
	}
	return f.withStore(ctx, func(store *db.Store) error {
		access, err := store.FillDemo(ctx, db.DemoOptions{Subscriptions: cmd.Subscriptions, Seed: cmd.Seed})
		if err != nil {
			return err
		}
		return cmd.serve(ctx, store, web.NewKeys(), func(string) error {
			fmt.Printf("email: %s\npassword: %s\ntenant: %s\napi key: %s\n", access.Email, access.Password, access.Tenant, access.Key)
			return nil
		})
	})
}

type healthCommand struct {
	Addr  string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where the server listens. (default: ${default})"`
	Ready bool   `help:"Ask whether it can do its work, too: read and write the database."`
}

// Validate refuses an address that nothing can listen at. It takes the address as serve
// prints it, too.
func (cmd *healthCommand) Validate() error {
	cmd.Addr = strings.TrimSuffix(strings.TrimPrefix(cmd.Addr, "http://"), "/")
	if err := web.CheckAddress(cmd.Addr); err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	return nil
}

// Run prints what the server says of itself.
func (cmd *healthCommand) Run(ctx context.Context) error {
	says, err := web.AskHealth(ctx, cmd.Addr, cmd.Ready)
	if err != nil {
		return err
	}
	fmt.Printf("health: %s\n", says)
	return nil
}

// version answers which version this program was built as.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}

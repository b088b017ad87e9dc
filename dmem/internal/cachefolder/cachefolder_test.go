package cachefolder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPath(t *testing.T) {
	home := t.TempDir()
	for _, c := range []struct{ variable, xdg, want, fault string }{
		{variable: "/a/b/../c/", xdg: home, want: "/a/c"},
		{xdg: home},
		{},
		{variable: "cache", xdg: home, fault: `DMEMSYS_CACHE is "cache": want an absolute path`},
	} {
		t.Setenv("HOME", home)
		t.Setenv("XDG_CACHE_HOME", c.xdg)
		t.Setenv(Variable, c.variable)
		if c.want == "" && c.fault == "" {
			user, err := os.UserCacheDir()
			if err != nil {
				t.Fatal(err)
			}
			c.want = filepath.Join(user, "dmemsys")
		}
		got, err := Path()
		if got != c.want || (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
}

func TestPathWithoutAHome(t *testing.T) {
	for _, v := range []string{"HOME", "XDG_CACHE_HOME", Variable} {
		t.Setenv(v, "")
	}
	if dir, err := Path(); err == nil || !strings.Contains(err.Error(), "set DMEMSYS_CACHE") {
		t.Errorf("%q, %v", dir, err)
	}
}

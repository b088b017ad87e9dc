package nb

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestSweepDrawsEachSetting(t *testing.T) {
	var seen []string
	a, b := Slider("load", Range(0.1, 0.3, 0.1)...), Choice("policy", "random", "smart-idle")
	a.Start, a.Unit, b.Start = 1, "%", 1
	pngs, first, w, h, err := frames(func(at At) *Figure {
		seen = append(seen, fmt.Sprint(at.Value("load"), at.Option("policy"), at.Index("policy")))
		return lineAt(at.Value("load"))
	}, []Control{a, b})
	if want := "[0.1random0 0.1smart-idle1 0.2random0 0.2smart-idle1 0.3random0 0.3smart-idle1]"; err != nil || strings.ReplaceAll(fmt.Sprint(seen), " 0]", "") != want {
		t.Errorf("drawn %v (%v), want %v", seen, err, want)
	}
	if len(pngs) != 6 || first != 3 || math.Abs(w-72*ColumnWidth) > 1e-9 || h <= 0 {
		t.Errorf("%d frames, first %d, %v x %v", len(pngs), first, w, h)
	}
	one, err := sweepHTML(pngs, first, w, h, []Control{a, b})
	two, _ := sweepHTML(pngs, first, w, h, []Control{a, b})
	if err != nil || one != two || strings.Count(one, "iVBOR") != 6 {
		t.Errorf("%v; equal: %t; %d frames in the page", err, one == two, strings.Count(one, "iVBOR"))
	}
	for _, outside := range []string{"http:", "https:", "<img", "import"} {
		if strings.Contains(one, outside) {
			t.Errorf("the page has %q", outside)
		}
	}
	nasty := Slider("</script><b>", 1)
	page, err := sweepHTML(pngs[:1], 0, w, h, []Control{nasty})
	if err != nil || strings.Count(page, "</script>") != 1 {
		t.Errorf("a name ends the script (%v)", err)
	}
}

func TestBadSweeps(t *testing.T) {
	draw := func(at At) *Figure { return lineAt(1) }
	late := Slider("v", 1, 2)
	late.Start = 2
	for want, c := range map[string]struct {
		draw     func(At) *Figure
		controls []Control
	}{
		"no controls":        {draw, nil},
		"nothing to choose":  {draw, []Control{Choice("policy")}},
		`two controls "v"`:   {draw, []Control{Slider("v", 1), Slider("v", 2)}},
		"starts at 2":        {draw, []Control{late}},
		"without a name":     {draw, []Control{Slider("", 1)}},
		"value NaN":          {draw, []Control{Slider("v", nan)}},
		"more than 500":      {draw, []Control{Slider("v", Range(1, 501, 1)...)}},
		"v 2: a nil *Figure": {func(at At) *Figure { return map[float64]*Figure{1: lineAt(1)}[at.Value("v")] }, []Control{Slider("v", 1, 2)}},
		"no data":            {func(at At) *Figure { return Lines("x", "y") }, []Control{Slider("v", 1)}},
		`no control "w"`:     {func(at At) *Figure { return lineAt(at.Value("w")) }, []Control{Slider("v", 1)}},
		`"p" is a choice`:    {func(at At) *Figure { return lineAt(at.Value("p")) }, []Control{Choice("p", "a")}},
	} {
		var got string
		func() {
			defer func() { got = fmt.Sprint(recover()) }()
			Sweep(c.draw, c.controls...)
		}()
		if !strings.Contains(got, want) || !strings.HasPrefix(got, "nb") {
			t.Errorf("panic %q, want one with %q", got, want)
		}
	}
}

package lesson_test

import "flag"

var figures = flag.String("figures", "", "write frames into this folder, to be looked at")

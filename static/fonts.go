package static

import _ "embed"

// The faces that documents are set in: Noto Sans, under the licence beside them. They are
// strings, so that nobody can write into them.
var (
	//go:embed fonts/NotoSans-Regular.ttf
	regular string
	//go:embed fonts/NotoSans-Bold.ttf
	bold string
)

// Fonts answers the regular and the bold face of Noto Sans as TrueType files: Latin, Greek
// and Cyrillic with all their accents. They go into PDF files and are not served. Each
// caller gets a copy of its own.
func Fonts() (regularFace, boldFace []byte) { return []byte(regular), []byte(bold) }

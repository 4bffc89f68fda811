package route

import (
	"bufio"
	"io"
	"path"
	"slices"
	"strings"
)

// mediaFolders are where Linux desktops mount what is plugged in, and /mnt, where people do it by hand.
var mediaFolders = []string{"/media/", "/run/media/", "/mnt/"}

// unreal file systems hold no files of people.
var unreal = []string{"proc", "sysfs", "tmpfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "overlay", "squashfs", "autofs", "debugfs", "securityfs", "rpc_pipefs"}

// parseMounts reads a table in the form of fstab(5) and keeps the drives in mediaFolders.
func parseMounts(table io.Reader) []mount {
	var found []mount
	lines := bufio.NewScanner(table)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 {
			continue
		}
		at := unescape(fields[1])
		removable := at == "/mnt" || slices.ContainsFunc(mediaFolders, func(folder string) bool { return strings.HasPrefix(at, folder) })
		if !removable || slices.Contains(unreal, fields[2]) {
			continue
		}
		found = append(found, mount{path: at, label: path.Base(at), readOnly: slices.Contains(strings.Split(fields[3], ","), "ro")})
	}
	return found
}

// unescape reads the octal escapes with which the table writes spaces, tabs, line breaks and backslashes.
func unescape(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+3 < len(text) {
			if code, ok := octal(text[i+1 : i+4]); ok {
				out.WriteByte(code)
				i += 3
				continue
			}
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

func octal(digits string) (byte, bool) {
	value := 0
	for _, d := range digits {
		if d < '0' || d > '7' {
			return 0, false
		}
		value = value*8 + int(d-'0')
	}
	return byte(value), value < 256
}

package route

import "golang.org/x/sys/windows"

// mounts lists the drive letters of removable and network drives.
func mounts() []mount {
	letters, err := windows.GetLogicalDrives()
	if err != nil {
		return nil
	}
	var found []mount
	for i := range 26 {
		if letters&(1<<i) == 0 {
			continue
		}
		path := string(rune('A'+i)) + `:\`
		root, err := windows.UTF16PtrFromString(path)
		if err != nil {
			continue
		}
		switch windows.GetDriveType(root) {
		case windows.DRIVE_REMOVABLE, windows.DRIVE_REMOTE:
		default:
			continue
		}
		var label [windows.MAX_PATH + 1]uint16
		var flags uint32
		if windows.GetVolumeInformation(root, &label[0], uint32(len(label)), nil, nil, &flags, nil, 0) != nil {
			continue // a card reader without a card
		}
		m := mount{path: path, label: windows.UTF16ToString(label[:]), readOnly: flags&windows.FILE_READ_ONLY_VOLUME != 0}
		if m.label == "" {
			m.label = path[:2]
		} else {
			m.label += " (" + path[:2] + ")"
		}
		found = append(found, m)
	}
	return found
}

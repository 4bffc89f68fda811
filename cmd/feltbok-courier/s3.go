//go:build s3

package main

import _ "gocloud.dev/blob/s3blob" // s3://BUCKET: the protocol that most object stores speak

package trust

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"

	"golang.org/x/crypto/ssh"
)

// Namespaces of signatures. A signature made under one is worth nothing under another (security.md 6.2, 6.8, 8.1).
const (
	NamespaceBundle    = "bundle.v1@feltbok"
	NamespaceRoot      = "root.v1@feltbok"
	NamespaceDirectory = "directory.v1@feltbok"
	NamespaceReceipt   = "receipt.v1@feltbok"
	NamespaceSignoff   = "signoff.v1@feltbok"
	NamespaceRequest   = "request.v1@feltbok"
	NamespaceGrant     = "grant.v1@feltbok"
)

// MaxSignature is the size limit of an armored signature in bytes (security.md 6.2).
const MaxSignature = 16 << 10

const (
	signatureMagic  = "SSHSIG"
	signatureHash   = "sha512"
	armorBegin      = "-----BEGIN SSH SIGNATURE-----\n"
	armorEnd        = "-----END SSH SIGNATURE-----\n"
	armorColumns    = 70 // as ssh-keygen writes it
	tokenUserTouch  = 1  // flag of a security token: a person touched it; checked here too, whatever the library does
	algorithmToken  = ssh.KeyAlgoSKED25519
	algorithmNormal = ssh.KeyAlgoED25519
)

// signatureBlob is the part of an SSHSIG after the magic (OpenSSH PROTOCOL.sshsig).
type signatureBlob struct {
	Version   uint32
	PublicKey []byte
	Namespace string
	Reserved  string
	Hash      string
	Signature []byte
}

// Sign makes an armored SSHSIG (sha512) of message under a namespace, as `ssh-keygen -Y sign` does. With a certificate
// the signature carries it; its key must be the public half of key.
func Sign(key ed25519.PrivateKey, cert *ssh.Certificate, namespace string, message []byte) ([]byte, error) {
	if len(key) != ed25519.PrivateKeySize || namespace == "" {
		return nil, errors.New("sign: a private key and a namespace are needed")
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	public := signer.PublicKey()
	if cert != nil {
		if !bytes.Equal(cert.Key.Marshal(), public.Marshal()) {
			return nil, errors.New("sign: the certificate belongs to another key")
		}
		public = cert
	}
	signature, err := signer.Sign(rand.Reader, signedText(namespace, message))
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	blob := append([]byte(signatureMagic), ssh.Marshal(signatureBlob{
		Version: 1, PublicKey: public.Marshal(), Namespace: namespace, Hash: signatureHash, Signature: ssh.Marshal(signature),
	})...)
	return armor(blob), nil
}

// Verify checks an armored SSHSIG of message under a namespace and returns who signed: an Ed25519 key, a security
// token's key, or an *ssh.Certificate for an Ed25519 key. It does not judge the certificate; see [Trust.Device] and
// [Trust.User]. Only the exact text form that ssh-keygen writes is accepted, so a signature has one spelling.
func Verify(armored, message []byte, namespace string) (ssh.PublicKey, error) {
	blob, err := dearmor(armored)
	if err != nil {
		return nil, err
	}
	var parts signatureBlob
	if err := ssh.Unmarshal(blob[len(signatureMagic):], &parts); err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	if again := ssh.Marshal(parts); !bytes.Equal(again, blob[len(signatureMagic):]) {
		return nil, errors.New("signature: not in its only spelling")
	}
	switch {
	case parts.Version != 1:
		return nil, fmt.Errorf("signature: version %d", parts.Version)
	case parts.Namespace != namespace:
		return nil, fmt.Errorf("signature: made under another namespace than %q", namespace)
	case parts.Reserved != "":
		return nil, errors.New("signature: reserved field is used")
	case parts.Hash != signatureHash:
		return nil, errors.New("signature: hash other than sha512")
	}
	public, err := ssh.ParsePublicKey(parts.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("signature: public key: %w", err)
	}
	if !bytes.Equal(public.Marshal(), parts.PublicKey) {
		return nil, errors.New("signature: public key not in its only spelling")
	}
	key := public
	if cert, ok := public.(*ssh.Certificate); ok {
		key = cert.Key
		if key.Type() != algorithmNormal {
			return nil, fmt.Errorf("signature: certificate for a key of type %s", key.Type())
		}
	}
	var signature ssh.Signature
	if err := ssh.Unmarshal(parts.Signature, &signature); err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	if signature.Format != key.Type() {
		return nil, errors.New("signature: algorithm does not fit the key")
	}
	switch key.Type() {
	case algorithmNormal:
		if len(signature.Rest) != 0 {
			return nil, errors.New("signature: bytes after its end")
		}
	case algorithmToken:
		if len(signature.Rest) != 5 || signature.Rest[0]&tokenUserTouch == 0 {
			return nil, errors.New("signature: token was not touched")
		}
	default:
		return nil, fmt.Errorf("signature: key of type %s", key.Type())
	}
	if err := key.Verify(signedText(namespace, message), &signature); err != nil {
		return nil, errors.New("signature: does not fit the text")
	}
	return public, nil
}

// signedText is what the key signs: never the message itself, so that the signature cannot serve another protocol.
func signedText(namespace string, message []byte) []byte {
	digest := sha512.Sum512(message)
	return append([]byte(signatureMagic), ssh.Marshal(struct {
		Namespace string
		Reserved  string
		Hash      string
		Digest    []byte
	}{namespace, "", signatureHash, digest[:]})...)
}

func armor(blob []byte) []byte {
	text := base64.StdEncoding.EncodeToString(blob)
	var out bytes.Buffer
	out.WriteString(armorBegin)
	for len(text) > 0 {
		n := min(armorColumns, len(text))
		out.WriteString(text[:n])
		out.WriteByte('\n')
		text = text[n:]
	}
	out.WriteString(armorEnd)
	return out.Bytes()
}

func dearmor(armored []byte) ([]byte, error) {
	if len(armored) > MaxSignature {
		return nil, errors.New("signature: longer than 16 KiB")
	}
	text, begins := bytes.CutPrefix(armored, []byte(armorBegin))
	text, ends := bytes.CutSuffix(text, []byte(armorEnd))
	if !begins || !ends {
		return nil, errors.New("signature: not an SSH signature")
	}
	blob, err := base64.StdEncoding.Strict().DecodeString(string(bytes.ReplaceAll(text, []byte("\n"), nil)))
	if err != nil {
		return nil, errors.New("signature: damaged text")
	}
	if !bytes.HasPrefix(blob, []byte(signatureMagic)) || !bytes.Equal(armor(blob), armored) {
		return nil, errors.New("signature: not in its only spelling")
	}
	return blob, nil
}

// An auditor that shares no code with Selvage: Go's own sumdb/note and sumdb/tlog read a log directory and accept
// or refuse it.
//
//	go run . DIR VKEY [OLDER-CHECKPOINT]
//
// Exit 0 and one line, or exit 1 and the reason.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// C2SP tlog-tiles: tiles of height 8, whose paths leave the height out.
const height = 8

type directory struct{ root string }

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: DIR VKEY [OLDER-CHECKPOINT]")
		os.Exit(64)
	}
	if err := audit(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
}

func audit(dir, vkey string, older []string) error {
	log := directory{dir}
	tree, err := checkpoint(filepath.Join(dir, "checkpoint"), vkey)
	if err != nil {
		return err
	}
	computed, leaves, err := log.computeRoot(tree.N)
	if err != nil {
		return err
	}
	if computed != tree.Hash {
		return fmt.Errorf("the entries give another root than the one that was signed")
	}
	// TileHashReader authenticates every tile against the tree before it gives a hash of it.
	hashes := tlog.TileHashReader(tree, log)
	if err := checkLeaves(tree, hashes, leaves); err != nil {
		return err
	}
	if err := checkGrowth(tree, hashes, leaves); err != nil {
		return err
	}
	for _, path := range older {
		if err := checkOlder(tree, hashes, path, vkey); err != nil {
			return err
		}
	}
	fmt.Printf("accepted: %d entries, root %v\n", tree.N, tree.Hash)
	return nil
}

func checkpoint(path, vkey string) (tlog.Tree, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return tlog.Tree{}, err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	signed, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, fmt.Errorf("bad size")
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tlog.Tree{}, fmt.Errorf("bad root")
	}
	return tlog.Tree{N: size, Hash: tlog.Hash(root)}, nil
}

// computeRoot hashes every entry bundle by tlog's stored-hash scheme, without looking at a tile.
func (d directory) computeRoot(size int64) (tlog.Hash, []tlog.Hash, error) {
	var stored []tlog.Hash
	var leaves []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			out[i] = stored[x]
		}
		return out, nil
	})
	for n := int64(0); n < size; n += 1 << height {
		entries, err := d.bundle(n>>height, min(size-n, 1<<height))
		if err != nil {
			return tlog.Hash{}, nil, err
		}
		for _, entry := range entries {
			more, err := tlog.StoredHashes(int64(len(leaves)), entry, reader)
			if err != nil {
				return tlog.Hash{}, nil, err
			}
			stored = append(stored, more...)
			leaves = append(leaves, tlog.RecordHash(entry))
		}
	}
	root, err := tlog.TreeHash(size, reader)
	return root, leaves, err
}

func (d directory) bundle(index, width int64) ([][]byte, error) {
	name := resource("entries", index, int(width))
	data, err := os.ReadFile(filepath.Join(d.root, name))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for int64(len(entries)) < width {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("%s is cut", name)
		}
		length := int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:2+length])
		data = data[2+length:]
	}
	if len(data) != 0 {
		return nil, fmt.Errorf("%s is too long", name)
	}
	return entries, nil
}

// checkLeaves reads every leaf hash from authenticated tiles, and proves samples of inclusion from them.
func checkLeaves(tree tlog.Tree, hashes tlog.HashReader, leaves []tlog.Hash) error {
	for start := int64(0); start < tree.N; start += 1 << height {
		var indexes []int64
		for n := start; n < min(start+1<<height, tree.N); n++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, n))
		}
		got, err := hashes.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i, hash := range got {
			if hash != leaves[start+int64(i)] {
				return fmt.Errorf("entry %d is not the one in its tile", start+int64(i))
			}
		}
	}
	for _, n := range samples(tree.N) {
		proof, err := tlog.ProveRecord(tree.N, n, hashes)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, n, leaves[n]); err != nil {
			return fmt.Errorf("inclusion of %d: %w", n, err)
		}
	}
	return nil
}

// checkGrowth proves from the tiles that the tree extends its own earlier sizes, whose roots come from the entries.
func checkGrowth(tree tlog.Tree, hashes tlog.HashReader, leaves []tlog.Hash) error {
	for _, n := range samples(tree.N) {
		root, err := tlog.TreeHash(n+1, hashes)
		if err != nil {
			return err
		}
		if root != rootOf(leaves[:n+1]) {
			return fmt.Errorf("the tiles give another root at %d", n+1)
		}
		proof, err := tlog.ProveTree(tree.N, n+1, hashes)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, n+1, root); err != nil {
			return fmt.Errorf("consistency from %d: %w", n+1, err)
		}
	}
	return nil
}

func checkOlder(tree tlog.Tree, hashes tlog.HashReader, path, vkey string) error {
	older, err := checkpoint(path, vkey)
	if err != nil {
		return err
	}
	if older.N > tree.N {
		return fmt.Errorf("truncated: %d entries were signed before, %d now", older.N, tree.N)
	}
	if older.N == 0 {
		return nil
	}
	proof, err := tlog.ProveTree(tree.N, older.N, hashes)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash)
}

// rootOf is RFC 6962, section 2.1, as it stands there.
func rootOf(leaves []tlog.Hash) tlog.Hash {
	if len(leaves) == 1 {
		return leaves[0]
	}
	split := 1
	for split*2 < len(leaves) {
		split *= 2
	}
	return tlog.NodeHash(rootOf(leaves[:split]), rootOf(leaves[split:]))
}

// samples are both ends, the borders of tiles, and a stride between.
func samples(size int64) []int64 {
	var out []int64
	for n := int64(0); n < size; n += max(1, size/37) {
		out = append(out, n)
	}
	for _, n := range []int64{255, 256, 65_535, 65_536, size - 2, size - 1} {
		if n >= 0 && n < size {
			out = append(out, n)
		}
	}
	return out
}

func resource(kind string, index int64, width int) string {
	path := fmt.Sprintf("%03d", index%1000)
	for rest := index / 1000; rest > 0; rest /= 1000 {
		path = fmt.Sprintf("x%03d/%s", rest%1000, path)
	}
	path = "tile/" + kind + "/" + path
	if width < 1<<height {
		path += fmt.Sprintf(".p/%d", width)
	}
	return path
}

func (d directory) Height() int { return height }

func (d directory) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(d.root, resource(strconv.Itoa(tile.L), tile.N, tile.W)))
		if err != nil {
			return nil, err
		}
		out = append(out, bytes.Clone(data))
	}
	return out, nil
}

func (d directory) SaveTiles([]tlog.Tile, [][]byte) {}

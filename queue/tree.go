package queue

// rank orders what is kept in a tree, lower first, field by field.
type rank struct{ a, b, c, d int64 }

func (x *rank) less(y *rank) bool {
	switch {
	case x.a != y.a:
		return x.a < y.a
	case x.b != y.b:
		return x.b < y.b
	case x.c != y.c:
		return x.c < y.c
	}
	return x.d < y.d
}

// tree keeps items sorted by rank and counts them, so that the first, the k-th and the
// place of any cost O(log n). It is a treap in one slice: nodes are indices, a freed one
// is used again, and only the order of ranks is visible, never the shape. Ranks are unique.
type tree[T any] struct {
	nodes []treeNode[T]
	root  int32
	least int32 // the lowest node, 0 = none
	free  int32
	dice  uint32
}

// treeNode is a node, 56 bytes for a T of pointer size. Index 0 is nobody.
type treeNode[T any] struct {
	rank        rank
	item        T
	left, right int32
	size        uint32
	prio        uint32
}

func (t *tree[T]) len() int {
	if t.root == 0 {
		return 0
	}
	return int(t.nodes[t.root].size)
}

// insert adds an item. It walks down to where the new node's dice put it, then splits
// what lay there; both ends of the tree, where most inserts happen, stay in the cache.
func (t *tree[T]) insert(k rank, item T) {
	n := t.alloc(k, item)
	if t.least == 0 || k.less(&t.nodes[t.least].rank) {
		t.least = n
	}
	prio := t.nodes[n].prio
	at := &t.root
	for *at != 0 && t.nodes[*at].prio >= prio {
		node := &t.nodes[*at]
		node.size++
		if k.less(&node.rank) {
			at = &node.left
		} else {
			at = &node.right
		}
	}
	left, right := t.split(*at, &k)
	t.nodes[n].left, t.nodes[n].right = left, right
	*at = n
	t.count(n)
}

// remove takes out the item of that rank, which must be there.
func (t *tree[T]) remove(k rank) {
	at := &t.root
	for {
		n := *at
		node := &t.nodes[n]
		if node.rank == k {
			*at = t.merge(node.left, node.right)
			if n == t.least {
				t.least = t.leftmost()
			}
			t.release(n)
			return
		}
		node.size--
		if k.less(&node.rank) {
			at = &node.left
		} else {
			at = &node.right
		}
	}
}

// first returns the lowest item, at once.
func (t *tree[T]) first() (rank, T, bool) {
	if t.least == 0 {
		var none T
		return rank{}, none, false
	}
	n := &t.nodes[t.least]
	return n.rank, n.item, true
}

func (t *tree[T]) leftmost() int32 {
	n := t.root
	for n != 0 && t.nodes[n].left != 0 {
		n = t.nodes[n].left
	}
	return n
}

// head fills list with the lowest items, in order, and returns how many there are. It
// keeps the way down in a stack of its own: the first few are asked for all the time.
func (t *tree[T]) head(list []T) (count int) {
	var way [128]int32 // a treap of millions is some 50 deep
	n, depth := t.root, 0
	for count < len(list) && (n != 0 || depth > 0) {
		for n != 0 && depth < len(way) {
			way[depth] = n
			depth++
			n = t.nodes[n].left
		}
		depth--
		node := &t.nodes[way[depth]]
		list[count] = node.item
		count++
		n = node.right
	}
	return count
}

// at returns the item with k lower ones, 0 ≤ k < len.
func (t *tree[T]) at(k int) T {
	n := t.root
	for {
		node := &t.nodes[n]
		left := 0
		if node.left != 0 {
			left = int(t.nodes[node.left].size)
		}
		switch {
		case k < left:
			n = node.left
		case k == left:
			return node.item
		default:
			k -= left + 1
			n = node.right
		}
	}
}

// below returns how many items are lower than k.
func (t *tree[T]) below(k rank) int {
	n, count := t.root, 0
	for n != 0 {
		node := &t.nodes[n]
		if node.rank.less(&k) {
			count++
			if node.left != 0 {
				count += int(t.nodes[node.left].size)
			}
			n = node.right
		} else {
			n = node.left
		}
	}
	return count
}

// each calls f for every item in order until f returns false. f must not change the tree.
func (t *tree[T]) each(f func(rank, T) bool) { t.walk(t.root, f) }

func (t *tree[T]) walk(n int32, f func(rank, T) bool) bool {
	if n == 0 {
		return true
	}
	node := &t.nodes[n]
	return t.walk(node.left, f) && f(node.rank, node.item) && t.walk(node.right, f)
}

// split divides the subtree n into what is lower than k and the rest.
func (t *tree[T]) split(n int32, k *rank) (left, right int32) {
	if n == 0 {
		return 0, 0
	}
	node := &t.nodes[n]
	if node.rank.less(k) {
		node.right, right = t.split(node.right, k)
		left = n
	} else {
		left, node.left = t.split(node.left, k)
		right = n
	}
	t.count(n)
	return left, right
}

// merge joins two subtrees of which every item of left is lower than any of right.
func (t *tree[T]) merge(left, right int32) int32 {
	switch {
	case left == 0:
		return right
	case right == 0:
		return left
	case t.nodes[left].prio >= t.nodes[right].prio:
		t.nodes[left].right = t.merge(t.nodes[left].right, right)
		t.count(left)
		return left
	default:
		t.nodes[right].left = t.merge(left, t.nodes[right].left)
		t.count(right)
		return right
	}
}

func (t *tree[T]) count(n int32) {
	node := &t.nodes[n]
	node.size = 1
	if node.left != 0 {
		node.size += t.nodes[node.left].size
	}
	if node.right != 0 {
		node.size += t.nodes[node.right].size
	}
}

func (t *tree[T]) alloc(k rank, item T) int32 {
	// A xorshift sequence: the shape must be balanced against any order of inserts, not
	// secret, and it is not part of the state.
	t.dice ^= t.dice << 13
	t.dice ^= t.dice >> 17
	t.dice ^= t.dice << 5
	if n := t.free; n != 0 {
		t.free = t.nodes[n].left
		t.nodes[n] = treeNode[T]{rank: k, item: item, size: 1, prio: t.dice}
		return n
	}
	if len(t.nodes) == 0 {
		t.dice = 2463534242
		t.nodes = append(t.nodes, treeNode[T]{})
	}
	t.nodes = append(t.nodes, treeNode[T]{rank: k, item: item, size: 1, prio: t.dice})
	return int32(len(t.nodes) - 1)
}

func (t *tree[T]) release(n int32) {
	var none T
	t.nodes[n].item = none
	if t.root == 0 {
		// Empty again: start over, and give back what a rush had needed.
		t.free = 0
		if cap(t.nodes) > 1024 {
			t.nodes = nil
		} else {
			t.nodes = t.nodes[:1]
		}
		return
	}
	t.nodes[n].left = t.free
	t.free = n
}

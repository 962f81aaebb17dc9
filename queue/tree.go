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

// tree keeps items sorted by rank, each with a weight, so that the first, the one that the
// n-th unit of weight belongs to, and the weight before any cost O(log n). It is a treap in
// one slice: nodes are indices, a freed one is used again, neighbours know one another, and
// only the order of ranks is visible, never the shape. Ranks are unique.
type tree[T any] struct {
	nodes []treeNode[T]
	count int
	root  int32
	least int32 // the lowest node, 0 = none
	free  int32
}

// treeNode is a node, 64 bytes for a T of pointer size: a line of the cache. Index 0 is
// nobody.
type treeNode[T any] struct {
	rank         rank
	item         T
	sum          uint64 // of weights, from here down
	left, right  int32
	before, next int32
}

// prio is a node's place in the heap that keeps the tree in shape. It must be balanced
// against any order of inserts, not secret, so the index, well mixed, will do.
func prio(n int32) uint32 {
	x := uint32(n) * 0x9e3779b1
	x = (x ^ x>>15) * 0x85ebca6b
	return x ^ x>>13
}

func (t *tree[T]) len() int { return t.count }

// total is the weight of all.
func (t *tree[T]) total() uint64 {
	if t.root == 0 {
		return 0
	}
	return t.nodes[t.root].sum
}

// insert adds an item of a weight. It walks down to where the new node's prio puts it, then
// splits what lay there; both ends of the tree, where most inserts happen, stay in the cache.
func (t *tree[T]) insert(k rank, item T, weight uint64) {
	n := t.alloc(k, item, weight)
	p := prio(n)
	var before, next int32
	at := &t.root
	for *at != 0 && prio(*at) >= p {
		node := &t.nodes[*at]
		node.sum += weight
		if k.less(&node.rank) {
			next, at = *at, &node.left
		} else {
			before, at = *at, &node.right
		}
	}
	x := &t.nodes[n]
	if *at != 0 {
		x.left, x.right = t.split(*at, &k, &before, &next)
		x.sum += t.sum(x.left) + t.sum(x.right)
	}
	*at = n
	x.before, x.next = before, next
	if before == 0 {
		t.least = n
	} else {
		t.nodes[before].next = n
	}
	if next != 0 {
		t.nodes[next].before = n
	}
}

// remove takes out the item of that rank and weight, which must be there.
func (t *tree[T]) remove(k rank, weight uint64) {
	at := &t.root
	for {
		n := *at
		node := &t.nodes[n]
		if node.rank == k {
			*at = t.merge(node.left, node.right)
			t.release(n)
			return
		}
		node.sum -= weight
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

// head fills list with the lowest items, in order, and returns how many there are.
func (t *tree[T]) head(list []T) (count int) {
	for n := t.least; n != 0 && count < len(list); n = t.nodes[n].next {
		list[count] = t.nodes[n].item
		count++
	}
	return count
}

// at returns the item that a unit of weight belongs to, 0 ≤ unit < total. Where all weigh
// 1 it is the item with so many lower ones.
func (t *tree[T]) at(unit uint64) T {
	n := t.root
	for {
		node := &t.nodes[n]
		left := t.sum(node.left)
		if unit < left {
			n = node.left
			continue
		}
		up := node.sum - t.sum(node.right)
		if unit < up {
			return node.item
		}
		unit -= up
		n = node.right
	}
}

// below returns the weight of what is lower than k.
func (t *tree[T]) below(k rank) (weight uint64) {
	n := t.root
	for n != 0 {
		node := &t.nodes[n]
		if node.rank.less(&k) {
			weight += node.sum - t.sum(node.right)
			n = node.right
		} else {
			n = node.left
		}
	}
	return weight
}

// each calls f for every item in order until f returns false. f must not change the tree.
func (t *tree[T]) each(f func(rank, T) bool) {
	for n := t.least; n != 0; n = t.nodes[n].next {
		if !f(t.nodes[n].rank, t.nodes[n].item) {
			return
		}
	}
}

// split divides the subtree n into what is lower than k and the rest. before and next
// become the nodes beside k, if they are in it.
func (t *tree[T]) split(n int32, k *rank, before, next *int32) (left, right int32) {
	if n == 0 {
		return 0, 0
	}
	node := &t.nodes[n]
	if node.rank.less(k) {
		*before = n
		node.sum -= t.sum(node.right)
		node.right, right = t.split(node.right, k, before, next)
		node.sum += t.sum(node.right)
		return n, right
	}
	*next = n
	node.sum -= t.sum(node.left)
	left, node.left = t.split(node.left, k, before, next)
	node.sum += t.sum(node.left)
	return left, n
}

// merge joins two subtrees of which every item of left is lower than any of right.
func (t *tree[T]) merge(left, right int32) int32 {
	switch {
	case left == 0:
		return right
	case right == 0:
		return left
	case prio(left) >= prio(right):
		t.nodes[left].sum += t.nodes[right].sum
		t.nodes[left].right = t.merge(t.nodes[left].right, right)
		return left
	default:
		t.nodes[right].sum += t.nodes[left].sum
		t.nodes[right].left = t.merge(left, t.nodes[right].left)
		return right
	}
}

// sum is the weight of a subtree. Nobody weighs nothing.
func (t *tree[T]) sum(n int32) uint64 { return t.nodes[n].sum }

func (t *tree[T]) alloc(k rank, item T, weight uint64) int32 {
	t.count++
	if n := t.free; n != 0 {
		t.free = t.nodes[n].left
		t.nodes[n] = treeNode[T]{rank: k, item: item, sum: weight}
		return n
	}
	if len(t.nodes) == 0 {
		t.nodes = append(t.nodes, treeNode[T]{})
	}
	t.nodes = append(t.nodes, treeNode[T]{rank: k, item: item, sum: weight})
	return int32(len(t.nodes) - 1)
}

// release unlinks a node that is in the tree no more, and keeps it for the next item.
func (t *tree[T]) release(n int32) {
	var none T
	t.count--
	x := &t.nodes[n]
	if x.before == 0 {
		t.least = x.next
	} else {
		t.nodes[x.before].next = x.next
	}
	if x.next != 0 {
		t.nodes[x.next].before = x.before
	}
	x.item = none
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
	x.left = t.free
	t.free = n
}

namespace Chainring.Offload.Ir.Passes;

/// <summary>
/// A number that is put together of bytes that lie next to each other is loaded at once: compilers load what may not be aligned byte by byte. All are loaded in one block, and
/// nothing between them writes there.
/// </summary>
static class JoinLoads
{
    public static bool Run(Graph graph)
    {
        bool any = false;
        foreach (var block in graph.Blocks())
        {
            for (int n = 0; n < block.Nodes.Count; n++)
            {
                var node = block.Nodes[n];
                if (node.Op is not (Op.Or or Op.Xor or Op.Add)) continue;
                var bytes = ByteSource.Of(node);
                int length = 1 + Array.FindLastIndex(bytes, b => b != ByteSource.Zero);
                if (ByteSource.LastOfJoined(block, bytes.AsSpan(0, length)) is not { } last) continue;
                var whole = ByteSource.LoadOf(bytes.AsSpan(0, length));
                // Where the last was: by then all were proven to be there.
                block.Nodes.RemoveAt(n);
                block.Nodes.Insert(block.Nodes.IndexOf(last) + 1, whole);
                node.Become(whole);
                any = true;
            }
        }
        return any;
    }
}

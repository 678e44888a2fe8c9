namespace Chainring.Offload.Ir.Passes;

/// <summary>A return of one of two numbers becomes two returns.</summary>
static class SplitReturns
{
    public static bool Run(Graph graph)
    {
        bool any = false;
        foreach (var block in graph.Blocks())
        {
            if (block.Kind != EndKind.Return || block.Value!.Now is not { Op: Op.Select } select) continue;
            Block yes = new() { Run = block.Run }, no = new() { Run = block.Run };
            yes.Return(select.Inputs[1].Now);
            no.Return(select.Inputs[2].Now);
            block.Branch(select.Inputs[0].Now, new(yes), new(no));
            any = true;
        }
        return any;
    }
}

var plot = new ScottPlot.Plot();
var s = plot.Add.Scatter(new double[]{1,2,3,4}, new double[]{1,4,2,8}); s.LegendText="il µs ±";
plot.Title("Throughput by batch"); plot.XLabel("batch"); plot.YLabel("Mpps");
File.WriteAllText("o.svg", plot.GetSvgXml(700,400));
plot.SavePng("o.png",700,400);

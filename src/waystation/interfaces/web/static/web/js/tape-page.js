// The tape page: charts first, so that the first news finds them.
const plot = document.createElement("script");
plot.src = new URL("../../vendor/uPlot.iife.min.js", import.meta.url);
plot.onload = async () => {
  await import("./live-chart.js");
  await import("./library-live.js");
};
document.head.append(plot);

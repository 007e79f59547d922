// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Bench.Measuring;

/// <summary>Medians: what a disturbed run spoils least.</summary>
internal static class Median
{
    internal static double Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0)
            return double.NaN;
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>The median of the ratios of what was measured side by side.</summary>
    internal static double OfRatios<T>(IEnumerable<T> pairs, Func<T, double> numerator, Func<T, double> denominator) =>
        Of(pairs.Select(p => numerator(p) / denominator(p)));
}

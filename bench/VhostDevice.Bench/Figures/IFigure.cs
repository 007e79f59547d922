// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Bench.Figures;

/// <summary>Something that is measured in rounds, in turns with all other figures.</summary>
internal interface IFigure : IDisposable
{
    /// <summary>Its name on the command line.</summary>
    string Key { get; }

    /// <summary>How many of the suite's rounds it takes part in, at the most.</summary>
    int MaxRounds { get; }

    void MeasureOnce(int round);

    /// <summary>What came of all rounds.</summary>
    IEnumerable<Row> Rows();

    /// <summary>Further lines on how the load ran; may be empty.</summary>
    IEnumerable<string[]> Details();
}

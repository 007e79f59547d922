// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.CodeAnalysis;

namespace VhostDevice.Fuzz;

/// <summary>What the code under test promises, whatever the input.</summary>
public static class Promise
{
    /// <exception cref="InvalidOperationException">A finding: the promise was broken.</exception>
    public static void Keep([DoesNotReturnIf(false)] bool kept, string promise)
    {
        if (!kept)
            throw new InvalidOperationException("Broken: " + promise);
    }
}

// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace VhostDevice.Virtio.Tests.Support;

/// <summary>Runs a theory with every combination of its boolean arguments, such as the two notification modes.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CombinatorialModesAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker)
    {
        int count = testMethod.GetParameters().Length;
        List<ITheoryDataRow> rows = [];
        for (int bits = 0; bits < 1 << count; bits++)
            rows.Add(new TheoryDataRow([.. Enumerable.Range(0, count).Select(i => (object)((bits >> i & 1) != 0))]));
        return new(rows);
    }

    public override bool SupportsDiscoveryEnumeration() => true;
}

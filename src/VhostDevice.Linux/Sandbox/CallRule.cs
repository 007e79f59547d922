// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Linux.Sandbox;

/// <summary>A system call that a filter allows, as a value: with any arguments, or where one of some checks holds.</summary>
public sealed class CallRule(SystemCall call, params ArgumentCheck[] anyOf)
{
    /// <summary>ioctl(2) with one of these requests.</summary>
    public static CallRule Ioctl(params ReadOnlySpan<uint> requests)
    {
        ArgumentCheck[] checks = new ArgumentCheck[requests.Length];
        for (int i = 0; i < checks.Length; i++)
            checks[i] = ArgumentCheck.Is(1, requests[i]);
        return new CallRule(SystemCalls.ioctl, checks);
    }

    /// <summary>Calls with any arguments.</summary>
    public static CallRule[] Any(params ReadOnlySpan<SystemCall> calls)
    {
        CallRule[] rules = new CallRule[calls.Length];
        for (int i = 0; i < rules.Length; i++)
            rules[i] = new CallRule(calls[i]);
        return rules;
    }

    /// <summary>Adds the rule to a filter.</summary>
    public void AddTo(SeccompFilter filter)
    {
        if (anyOf.Length == 0)
            filter.Allow(call);
        else
            filter.AllowWhere(call, anyOf);
    }
}

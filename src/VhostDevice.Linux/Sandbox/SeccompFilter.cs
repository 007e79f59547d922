// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux.Sandbox;

/// <summary>
/// Says which system calls the process may make, and has the kernel enforce it (seccomp(2)). A call that no rule names,
/// or whose arguments fit none of its rule's checks, kills the process with SIGSYS.
/// </summary>
public sealed unsafe class SeccompFilter
{
    /// <summary>As many numbers as are compared one after the other at the end of the search.</summary>
    private const int FewEnough = 3;

    private readonly List<Rule> _rules = [];
    private readonly uint _otherwise;

    /// <param name="logOnly">Forbidden calls are made all the same, and the kernel logs them: for measuring.</param>
    public SeccompFilter(bool logOnly = false)
    {
        _otherwise = logOnly ? Libc.SECCOMP_RET_LOG : Libc.SECCOMP_RET_KILL_PROCESS;
    }

    /// <summary>Calls that are allowed whatever their arguments.</summary>
    public void Allow(params ReadOnlySpan<SystemCall> calls)
    {
        foreach (SystemCall call in calls)
            Set(new Rule(call, [], Libc.SECCOMP_RET_ALLOW));
    }

    /// <summary>A call that is allowed where one of the checks holds, or one of those that were named for it before.</summary>
    public void AllowWhere(SystemCall call, params ArgumentCheck[] anyOf)
    {
        ArgumentCheck[] before = _rules.Find(r => r.Call == call)?.AnyOf ?? [];
        Set(new Rule(call, [.. before, .. anyOf], Libc.SECCOMP_RET_ALLOW));
    }

    /// <summary>A call that is not made, and whose caller is told an error.</summary>
    public void Fail(SystemCall call, Errno errno) =>
        Set(new Rule(call, [], Libc.SECCOMP_RET_ERRNO | ((uint)errno.Code & Libc.SECCOMP_RET_DATA)));

    /// <summary>
    /// Filters all threads of the process from now on, for good. The threads must have no filters that differ, and the
    /// caller must have given up new privileges, or be privileged.
    /// </summary>
    /// <returns>ENOSYS or EINVAL from a kernel without filters, ESRCH when a thread has a filter of its own.</returns>
    public Errno Install()
    {
        SockFilter[] program = Assemble();
        fixed (SockFilter* code = program)
        {
            SockFprog description = new() { Length = checked((ushort)program.Length), Filter = code };
            // Without SPEC_ALLOW kernels before 5.16 slow the whole process down for the sake of programs that run
            // foreign code, as a browser does; this one runs only its own.
            uint flags = Libc.SECCOMP_FILTER_FLAG_TSYNC | Libc.SECCOMP_FILTER_FLAG_SPEC_ALLOW;
            long result = Libc.syscall(SystemCalls.seccomp.Number, (nint)Libc.SECCOMP_SET_MODE_FILTER, (nint)flags, (nint)(&description), 0);
            // The id of the thread that cannot follow.
            return result < 0 ? Errno.Last : result > 0 ? Errno.ESRCH : Errno.Success;
        }
    }

    /// <summary>
    /// The program: a binary search for the call's number. Kernels since 5.11 try it once for every number, and run it
    /// later only for calls whose arguments matter, so that a short way for all of them matters more than the order.
    /// </summary>
    internal SockFilter[] Assemble()
    {
        SeccompData data;
        Rule[] rules = [.. _rules.Where(r => r.Call.Number != SystemCall.None)];
        Array.Sort(rules, (a, b) => a.Call.Number.CompareTo(b.Call.Number));
        // The numbers of the x32 ABI (from 0x40000000 on) are among no rules.
        SockFilter[] search = [BpfCode.Load((int)((byte*)&data.Number - (byte*)&data)), .. Search(rules)];
        return
        [
            BpfCode.Load((int)((byte*)&data.Architecture - (byte*)&data)),
            .. BpfCode.IfEqual(Architecture, search),
            BpfCode.Return(Libc.SECCOMP_RET_KILL_PROCESS),
        ];
    }

    private static uint Architecture =>
        RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64
            ? Libc.AUDIT_ARCH_AARCH64
            : Libc.AUDIT_ARCH_X86_64;

    private SockFilter[] Search(ReadOnlySpan<Rule> rules)
    {
        if (rules.Length <= FewEnough)
        {
            List<SockFilter> code = [];
            foreach (Rule rule in rules)
                code.AddRange(Compare(rule));
            code.Add(BpfCode.Return(_otherwise));
            return [.. code];
        }

        int middle = rules.Length / 2;
        return [.. BpfCode.IfAtLeast((uint)rules[middle].Call.Number, Search(rules[middle..])), .. Search(rules[..middle])];
    }

    private SockFilter[] Compare(Rule rule) => BpfCode.IfEqual((uint)rule.Call.Number, Answer(rule));

    private SockFilter[] Answer(Rule rule) => rule.AnyOf.Length == 0
        ? [BpfCode.Return(rule.Answer)]
        : [.. rule.AnyOf.SelectMany(c => c.Assemble(rule.Answer)), BpfCode.Return(_otherwise)];

    // What is said last about a call holds.
    private void Set(Rule rule)
    {
        int at = _rules.FindIndex(r => r.Call == rule.Call);
        if (at < 0)
            _rules.Add(rule);
        else
            _rules[at] = rule;
    }

    private sealed record Rule(SystemCall Call, ArgumentCheck[] AnyOf, uint Answer);
}

// hash_payload+checksum_payload+count_nibbles: ordered, it writes values of results.
// One frame runs after the other, since the chain writes values of results at a place that all frames have in common.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void chain(global uchar *restrict packets,
    global uint *restrict columns,
    global ushort *restrict ways,
    const uint count,
    const uint step,
    const uint stride,
    const uint cpu,
    const ulong seed,
    const ulong wall,
    const ulong tai,
    volatile global const uint *restrict stop,
    global uchar *m0_values,
    global uchar *m1_values)
{
for (uint n = 0; n < count; n++)
{
global uint *const own = columns + n;
const uint data = COLUMN(1);
frame_place frame = { data, data, COLUMN(2), 0 };
global uchar *packet = packets + (long)(int)COLUMN(0) * (long)stride;
if (data == 0) COLUMN(4) = 5632;
else if (*stop != 0) COLUMN(4) = 7936;
else
{
uint outcome = 0, logged = 0, draws = 0, tail_calls = 0, tail_outcome = 0;
ulong executed = 0;
ulong v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15;
ulong v16, v17, v18, v19, v20, v21, v22, v23, v24, v25, v26, v27, v28, v29, v30, v31;
ulong v32, v33, v34, v35, v36, v37, v38, v39, v40, v41, v42, v43, v44, v45, v46, v47;
ulong v48, v49, v50, v51, v52, v53, v54, v55, v56, v57, v58, v59, v60, v61, v62, v63;
ulong v64, v65, v66, v67, v68, v69, v70, v71, v72, v73, v74, v75, v76, v77, v78, v79;
ulong v80, v81, v82, v83, v84, v85, v86, v87, v88, v89, v90, v91, v92, v93, v94, v95;
ulong v96, v97, v98, v99, v100, v101, v102, v103, v104, v105, v106, v107, v108, v109, v110, v111;
ulong v112, v113, v114, v115, v116, v117, v118, v119, v120, v121, v122, v123, v124, v125, v126, v127;
ulong v128, v129, v130, v131, v132, v133, v134, v135, v136, v137, v138, v139, v140, v141, v142, v143;
ulong v144, v145, v146, v147, v148, v149, v150, v151, v152, v153, v154, v155, v156, v157, v158, v159;
ulong v160, v161, v162, v163, v164, v165, v166, v167, v168, v169, v170, v171, v172, v173, v174, v175;
ulong v176, v177, v178, v179, v180, v181, v182, v183, v184, v185, v186, v187, v188, v189, v190, v191;
ulong v192, v193, v194, v195, v196, v197, v198, v199, v200, v201, v202, v203, v204, v205, v206, v207;
ulong v208, v209, v210, v211, v212, v213, v214, v215, v216, v217, v218, v219, v220, v221, v222, v223;
ulong v224, v225, v226, v227, v228, v229, v230, v231, v232, v233, v234, v235, v236, v237, v238, v239;
ulong v240, v241, v242, v243, v244, v245, v246, v247, v248, v249, v250, v251, v252, v253, v254, v255;
ulong v256, v257, v258, v259, v260, v261, v262, v263, v264, v265, v266, v267, v268, v269, v270, v271;
ulong v272, v273, v274, v275, v276, v277, v278, v279, v280, v281, v282, v283, v284, v285, v286, v287;
ulong v288, v289, v290, v291, v292, v293, v294, v295, v296, v297, v298, v299, v300, v301, v302, v303;
ulong v304, v305, v306, v307, v308, v309, v310, v311, v312, v313, v314, v315, v316, v317, v318, v319;
ulong v320, v321, v322, v323, v324, v325, v326, v327, v328, v329, v330, v331, v332, v333, v334, v335;
ulong v336, v337, v338, v339, v340;
    v0 = (ulong)frame.data;
    v1 = (ulong)frame.end;
    { const ulong next0 = 0UL, next1 = 0xcbf29ce484222325UL, next2 = 0UL, next3 = 1UL, next4 = 0UL; v2 = next0; v3 = next1; v4 = next2; v5 = next3; v6 = next4; }
b1: ;
    v7 = (v0 + v2);
    if ((v1 < (v7 + 1UL)))
    {
        goto b2;
    }
    else
    {
        goto b67;
    }
b2: ;
    STORE(global, u64, m0_values + 0, v3);
    v8 = LOAD(global, u64, m0_values + 8);
    STORE(global, u64, m0_values + 8, ((v8 * 31UL) + v3));
    v9 = ((((v6 & 0xffffffffUL) % 65521UL) << 16) | ((v5 & 0xffffffffUL) % 65521UL));
    STORE(global, u64, m0_values + 16, v9);
    v10 = LOAD(global, u64, m0_values + 24);
    STORE(global, u64, m0_values + 24, ((v10 * 31UL) + v9));
    STORE(global, u64, m0_values + 32, v4);
    v11 = LOAD(global, u64, m0_values + 40);
    STORE(global, u64, m0_values + 40, ((v11 * 31UL) + v4));
    if (((v3 & 1UL) == 0UL))
    {
        goto b3;
    }
    else
    {
        goto b35;
    }
b3: ;
    ways[(ulong)n * 66 + logged++] = 0;
    if ((v1 < (v0 + 2UL)))
    {
        goto b4;
    }
    else
    {
        { const ulong next0 = v0, next1 = 0UL, next2 = v0, next3 = 0UL; v12 = next0; v13 = next1; v14 = next2; v15 = next3; }
        goto b11;
    }
b4: ;
    if ((v1 < (v0 + 1UL)))
    {
        goto b5;
    }
    else
    {
        goto b8;
    }
b5: ;
    STORE(global, u64, m0_values + 48, 65535UL);
    v16 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v16 * 31UL) + 65535UL));
    ways[(ulong)n * 66 + logged++] = 1;
    v17 = 0UL;
b6: ;
    v18 = (v0 + v17);
    if ((v1 < (v18 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b7;
    }
b7: ;
    v19 = LOAD(global, u8, packet + (v18));
    v20 = ((AT_MAP(1) + 0UL) + ((v19 >> 4) * 8UL));
    v21 = LOAD(global, u64, m1_values + (v20 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v20 - AT_MAP(1)), (v21 + 1UL));
    if ((v17 == 95UL))
    {
        goto b144;
    }
    else
    {
        v17 = (v17 + 1UL);
        goto b6;
    }
b8: ;
    v22 = ((ulong)COLUMN(3) & 255UL);
    v23 = (v22 ^ 65535UL);
    STORE(global, u64, m0_values + 48, v23);
    v24 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v24 * 31UL) + v23));
    ways[(ulong)n * 66 + logged++] = 1;
    v25 = 0UL;
b9: ;
    v26 = (v0 + v25);
    if ((v1 < (v26 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b10;
    }
b10: ;
    v27 = LOAD(global, u8, packet + (v26));
    v28 = ((AT_MAP(1) + 0UL) + ((v27 >> 4) * 8UL));
    v29 = LOAD(global, u64, m1_values + (v28 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v28 - AT_MAP(1)), (v29 + 1UL));
    if ((v25 == 95UL))
    {
        goto b144;
    }
    else
    {
        v25 = (v25 + 1UL);
        goto b9;
    }
b11: ;
    v30 = LOAD(global, u16, packet + (v14));
    v31 = (v15 + v30);
    v32 = (v31 & 0xffffffffUL);
    v33 = (v12 + 2UL);
    if ((755UL < (v13 & 0xffffffffUL)))
    {
        goto b12;
    }
    else
    {
        goto b23;
    }
b12: ;
    v34 = (v12 + 4UL);
    if ((v1 < (v12 + 3UL)))
    {
        goto b13;
    }
    else
    {
        goto b16;
    }
b13: ;
    v35 = ((v31 & 65535UL) + (v32 >> 16));
    v36 = ((((v35 >> 16) + v35) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v36);
    v37 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v37 * 31UL) + v36));
    ways[(ulong)n * 66 + logged++] = 1;
    v38 = 0UL;
b14: ;
    v39 = (v0 + v38);
    if ((v1 < (v39 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b15;
    }
b15: ;
    v40 = LOAD(global, u8, packet + (v39));
    v41 = ((AT_MAP(1) + 0UL) + ((v40 >> 4) * 8UL));
    v42 = LOAD(global, u64, m1_values + (v41 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v41 - AT_MAP(1)), (v42 + 1UL));
    if ((v38 == 95UL))
    {
        goto b144;
    }
    else
    {
        v38 = (v38 + 1UL);
        goto b14;
    }
b16: ;
    if ((v1 < v34))
    {
        goto b17;
    }
    else
    {
        goto b20;
    }
b17: ;
    v43 = LOAD(global, u8, packet + (v33));
    v44 = (v31 + v43);
    v45 = ((v44 & 65535UL) + ((v44 & 0xffffffffUL) >> 16));
    v46 = ((((v45 >> 16) + v45) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v46);
    v47 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v47 * 31UL) + v46));
    ways[(ulong)n * 66 + logged++] = 1;
    v48 = 0UL;
b18: ;
    v49 = (v0 + v48);
    if ((v1 < (v49 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b19;
    }
b19: ;
    v50 = LOAD(global, u8, packet + (v49));
    v51 = ((AT_MAP(1) + 0UL) + ((v50 >> 4) * 8UL));
    v52 = LOAD(global, u64, m1_values + (v51 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v51 - AT_MAP(1)), (v52 + 1UL));
    if ((v48 == 95UL))
    {
        goto b144;
    }
    else
    {
        v48 = (v48 + 1UL);
        goto b18;
    }
b20: ;
    v53 = ((v31 & 65535UL) + (v32 >> 16));
    v54 = ((((v53 >> 16) + v53) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v54);
    v55 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v55 * 31UL) + v54));
    ways[(ulong)n * 66 + logged++] = 1;
    v56 = 0UL;
b21: ;
    v57 = (v0 + v56);
    if ((v1 < (v57 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b22;
    }
b22: ;
    v58 = LOAD(global, u8, packet + (v57));
    v59 = ((AT_MAP(1) + 0UL) + ((v58 >> 4) * 8UL));
    v60 = LOAD(global, u64, m1_values + (v59 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v59 - AT_MAP(1)), (v60 + 1UL));
    if ((v56 == 95UL))
    {
        goto b144;
    }
    else
    {
        v56 = (v56 + 1UL);
        goto b21;
    }
b23: ;
    if ((v1 < (v14 + 4UL)))
    {
        goto b24;
    }
    else
    {
        { const ulong next0 = v33, next1 = ((v13 + 1UL) & 0xffffffffUL), next2 = v33, next3 = v32; v12 = next0; v13 = next1; v14 = next2; v15 = next3; }
        goto b11;
    }
b24: ;
    v61 = (v12 + 4UL);
    if ((v1 < (v12 + 3UL)))
    {
        goto b25;
    }
    else
    {
        goto b28;
    }
b25: ;
    v62 = ((v31 & 65535UL) + (v32 >> 16));
    v63 = ((((v62 >> 16) + v62) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v63);
    v64 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v64 * 31UL) + v63));
    ways[(ulong)n * 66 + logged++] = 1;
    v65 = 0UL;
b26: ;
    v66 = (v0 + v65);
    if ((v1 < (v66 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b27;
    }
b27: ;
    v67 = LOAD(global, u8, packet + (v66));
    v68 = ((AT_MAP(1) + 0UL) + ((v67 >> 4) * 8UL));
    v69 = LOAD(global, u64, m1_values + (v68 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v68 - AT_MAP(1)), (v69 + 1UL));
    if ((v65 == 95UL))
    {
        goto b144;
    }
    else
    {
        v65 = (v65 + 1UL);
        goto b26;
    }
b28: ;
    if ((v1 < v61))
    {
        goto b29;
    }
    else
    {
        goto b32;
    }
b29: ;
    v70 = LOAD(global, u8, packet + (v33));
    v71 = (v31 + v70);
    v72 = ((v71 & 65535UL) + ((v71 & 0xffffffffUL) >> 16));
    v73 = ((((v72 >> 16) + v72) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v73);
    v74 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v74 * 31UL) + v73));
    ways[(ulong)n * 66 + logged++] = 1;
    v75 = 0UL;
b30: ;
    v76 = (v0 + v75);
    if ((v1 < (v76 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b31;
    }
b31: ;
    v77 = LOAD(global, u8, packet + (v76));
    v78 = ((AT_MAP(1) + 0UL) + ((v77 >> 4) * 8UL));
    v79 = LOAD(global, u64, m1_values + (v78 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v78 - AT_MAP(1)), (v79 + 1UL));
    if ((v75 == 95UL))
    {
        goto b144;
    }
    else
    {
        v75 = (v75 + 1UL);
        goto b30;
    }
b32: ;
    v80 = ((v31 & 65535UL) + (v32 >> 16));
    v81 = ((((v80 >> 16) + v80) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v81);
    v82 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v82 * 31UL) + v81));
    ways[(ulong)n * 66 + logged++] = 1;
    v83 = 0UL;
b33: ;
    v84 = (v0 + v83);
    if ((v1 < (v84 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b34;
    }
b34: ;
    v85 = LOAD(global, u8, packet + (v84));
    v86 = ((AT_MAP(1) + 0UL) + ((v85 >> 4) * 8UL));
    v87 = LOAD(global, u64, m1_values + (v86 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v86 - AT_MAP(1)), (v87 + 1UL));
    if ((v83 == 95UL))
    {
        goto b144;
    }
    else
    {
        v83 = (v83 + 1UL);
        goto b33;
    }
b35: ;
    ways[(ulong)n * 66 + logged++] = 2;
    if ((v1 < (v0 + 2UL)))
    {
        goto b36;
    }
    else
    {
        { const ulong next0 = v0, next1 = 0UL, next2 = v0, next3 = 0UL; v88 = next0; v89 = next1; v90 = next2; v91 = next3; }
        goto b43;
    }
b36: ;
    if ((v1 < (v0 + 1UL)))
    {
        goto b37;
    }
    else
    {
        goto b40;
    }
b37: ;
    STORE(global, u64, m0_values + 48, 65535UL);
    v92 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v92 * 31UL) + 65535UL));
    ways[(ulong)n * 66 + logged++] = 1;
    v93 = 0UL;
b38: ;
    v94 = (v0 + v93);
    if ((v1 < (v94 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b39;
    }
b39: ;
    v95 = LOAD(global, u8, packet + (v94));
    v96 = ((AT_MAP(1) + 0UL) + ((v95 >> 4) * 8UL));
    v97 = LOAD(global, u64, m1_values + (v96 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v96 - AT_MAP(1)), (v97 + 1UL));
    if ((v93 == 95UL))
    {
        goto b144;
    }
    else
    {
        v93 = (v93 + 1UL);
        goto b38;
    }
b40: ;
    v98 = ((ulong)COLUMN(3) & 255UL);
    v99 = (v98 ^ 65535UL);
    STORE(global, u64, m0_values + 48, v99);
    v100 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v100 * 31UL) + v99));
    ways[(ulong)n * 66 + logged++] = 1;
    v101 = 0UL;
b41: ;
    v102 = (v0 + v101);
    if ((v1 < (v102 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b42;
    }
b42: ;
    v103 = LOAD(global, u8, packet + (v102));
    v104 = ((AT_MAP(1) + 0UL) + ((v103 >> 4) * 8UL));
    v105 = LOAD(global, u64, m1_values + (v104 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v104 - AT_MAP(1)), (v105 + 1UL));
    if ((v101 == 95UL))
    {
        goto b144;
    }
    else
    {
        v101 = (v101 + 1UL);
        goto b41;
    }
b43: ;
    v106 = LOAD(global, u16, packet + (v90));
    v107 = (v91 + v106);
    v108 = (v107 & 0xffffffffUL);
    v109 = (v88 + 2UL);
    if ((755UL < (v89 & 0xffffffffUL)))
    {
        goto b44;
    }
    else
    {
        goto b55;
    }
b44: ;
    v110 = (v88 + 4UL);
    if ((v1 < (v88 + 3UL)))
    {
        goto b45;
    }
    else
    {
        goto b48;
    }
b45: ;
    v111 = ((v107 & 65535UL) + (v108 >> 16));
    v112 = ((((v111 >> 16) + v111) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v112);
    v113 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v113 * 31UL) + v112));
    ways[(ulong)n * 66 + logged++] = 1;
    v114 = 0UL;
b46: ;
    v115 = (v0 + v114);
    if ((v1 < (v115 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b47;
    }
b47: ;
    v116 = LOAD(global, u8, packet + (v115));
    v117 = ((AT_MAP(1) + 0UL) + ((v116 >> 4) * 8UL));
    v118 = LOAD(global, u64, m1_values + (v117 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v117 - AT_MAP(1)), (v118 + 1UL));
    if ((v114 == 95UL))
    {
        goto b144;
    }
    else
    {
        v114 = (v114 + 1UL);
        goto b46;
    }
b48: ;
    if ((v1 < v110))
    {
        goto b49;
    }
    else
    {
        goto b52;
    }
b49: ;
    v119 = LOAD(global, u8, packet + (v109));
    v120 = (v107 + v119);
    v121 = ((v120 & 65535UL) + ((v120 & 0xffffffffUL) >> 16));
    v122 = ((((v121 >> 16) + v121) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v122);
    v123 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v123 * 31UL) + v122));
    ways[(ulong)n * 66 + logged++] = 1;
    v124 = 0UL;
b50: ;
    v125 = (v0 + v124);
    if ((v1 < (v125 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b51;
    }
b51: ;
    v126 = LOAD(global, u8, packet + (v125));
    v127 = ((AT_MAP(1) + 0UL) + ((v126 >> 4) * 8UL));
    v128 = LOAD(global, u64, m1_values + (v127 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v127 - AT_MAP(1)), (v128 + 1UL));
    if ((v124 == 95UL))
    {
        goto b144;
    }
    else
    {
        v124 = (v124 + 1UL);
        goto b50;
    }
b52: ;
    v129 = ((v107 & 65535UL) + (v108 >> 16));
    v130 = ((((v129 >> 16) + v129) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v130);
    v131 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v131 * 31UL) + v130));
    ways[(ulong)n * 66 + logged++] = 1;
    v132 = 0UL;
b53: ;
    v133 = (v0 + v132);
    if ((v1 < (v133 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b54;
    }
b54: ;
    v134 = LOAD(global, u8, packet + (v133));
    v135 = ((AT_MAP(1) + 0UL) + ((v134 >> 4) * 8UL));
    v136 = LOAD(global, u64, m1_values + (v135 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v135 - AT_MAP(1)), (v136 + 1UL));
    if ((v132 == 95UL))
    {
        goto b144;
    }
    else
    {
        v132 = (v132 + 1UL);
        goto b53;
    }
b55: ;
    if ((v1 < (v90 + 4UL)))
    {
        goto b56;
    }
    else
    {
        { const ulong next0 = v109, next1 = ((v89 + 1UL) & 0xffffffffUL), next2 = v109, next3 = v108; v88 = next0; v89 = next1; v90 = next2; v91 = next3; }
        goto b43;
    }
b56: ;
    v137 = (v88 + 4UL);
    if ((v1 < (v88 + 3UL)))
    {
        goto b57;
    }
    else
    {
        goto b60;
    }
b57: ;
    v138 = ((v107 & 65535UL) + (v108 >> 16));
    v139 = ((((v138 >> 16) + v138) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v139);
    v140 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v140 * 31UL) + v139));
    ways[(ulong)n * 66 + logged++] = 1;
    v141 = 0UL;
b58: ;
    v142 = (v0 + v141);
    if ((v1 < (v142 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b59;
    }
b59: ;
    v143 = LOAD(global, u8, packet + (v142));
    v144 = ((AT_MAP(1) + 0UL) + ((v143 >> 4) * 8UL));
    v145 = LOAD(global, u64, m1_values + (v144 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v144 - AT_MAP(1)), (v145 + 1UL));
    if ((v141 == 95UL))
    {
        goto b144;
    }
    else
    {
        v141 = (v141 + 1UL);
        goto b58;
    }
b60: ;
    if ((v1 < v137))
    {
        goto b61;
    }
    else
    {
        goto b64;
    }
b61: ;
    v146 = LOAD(global, u8, packet + (v109));
    v147 = (v107 + v146);
    v148 = ((v147 & 65535UL) + ((v147 & 0xffffffffUL) >> 16));
    v149 = ((((v148 >> 16) + v148) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v149);
    v150 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v150 * 31UL) + v149));
    ways[(ulong)n * 66 + logged++] = 1;
    v151 = 0UL;
b62: ;
    v152 = (v0 + v151);
    if ((v1 < (v152 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b63;
    }
b63: ;
    v153 = LOAD(global, u8, packet + (v152));
    v154 = ((AT_MAP(1) + 0UL) + ((v153 >> 4) * 8UL));
    v155 = LOAD(global, u64, m1_values + (v154 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v154 - AT_MAP(1)), (v155 + 1UL));
    if ((v151 == 95UL))
    {
        goto b144;
    }
    else
    {
        v151 = (v151 + 1UL);
        goto b62;
    }
b64: ;
    v156 = ((v107 & 65535UL) + (v108 >> 16));
    v157 = ((((v156 >> 16) + v156) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v157);
    v158 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v158 * 31UL) + v157));
    ways[(ulong)n * 66 + logged++] = 1;
    v159 = 0UL;
b65: ;
    v160 = (v0 + v159);
    if ((v1 < (v160 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b66;
    }
b66: ;
    v161 = LOAD(global, u8, packet + (v160));
    v162 = ((AT_MAP(1) + 0UL) + ((v161 >> 4) * 8UL));
    v163 = LOAD(global, u64, m1_values + (v162 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v162 - AT_MAP(1)), (v163 + 1UL));
    if ((v159 == 95UL))
    {
        goto b144;
    }
    else
    {
        v159 = (v159 + 1UL);
        goto b65;
    }
b67: ;
    v164 = LOAD(global, u8, packet + (v7));
    if ((v164 == 0UL))
    {
        goto b68;
    }
    else
    {
        goto b122;
    }
b68: ;
    v165 = ((v4 + 1UL) & 0xffffffffUL);
    v166 = (v3 * 0x100000001b3UL);
    v167 = (v5 & 0xffffffffUL);
    v168 = ((v5 + v6) & 0xffffffffUL);
    if ((v2 == 1513UL))
    {
        goto b69;
    }
    else
    {
        { const ulong next0 = (v2 + 1UL), next1 = v166, next2 = v165, next3 = v167, next4 = v168; v2 = next0; v3 = next1; v4 = next2; v5 = next3; v6 = next4; }
        goto b1;
    }
b69: ;
    STORE(global, u64, m0_values + 0, v166);
    v169 = LOAD(global, u64, m0_values + 8);
    STORE(global, u64, m0_values + 8, ((v169 * 31UL) + v166));
    v170 = (((v168 % 65521UL) << 16) | (v167 % 65521UL));
    STORE(global, u64, m0_values + 16, v170);
    v171 = LOAD(global, u64, m0_values + 24);
    STORE(global, u64, m0_values + 24, ((v171 * 31UL) + v170));
    STORE(global, u64, m0_values + 32, v165);
    v172 = LOAD(global, u64, m0_values + 40);
    STORE(global, u64, m0_values + 40, ((v172 * 31UL) + v165));
    if (((v3 & 1UL) == 0UL))
    {
        goto b70;
    }
    else
    {
        goto b102;
    }
b70: ;
    ways[(ulong)n * 66 + logged++] = 0;
    if ((v1 < (v0 + 2UL)))
    {
        goto b71;
    }
    else
    {
        { const ulong next0 = v0, next1 = 0UL, next2 = v0, next3 = 0UL; v173 = next0; v174 = next1; v175 = next2; v176 = next3; }
        goto b78;
    }
b71: ;
    if ((v1 < (v0 + 1UL)))
    {
        goto b72;
    }
    else
    {
        goto b75;
    }
b72: ;
    STORE(global, u64, m0_values + 48, 65535UL);
    v177 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v177 * 31UL) + 65535UL));
    ways[(ulong)n * 66 + logged++] = 1;
    v178 = 0UL;
b73: ;
    v179 = (v0 + v178);
    if ((v1 < (v179 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b74;
    }
b74: ;
    v180 = LOAD(global, u8, packet + (v179));
    v181 = ((AT_MAP(1) + 0UL) + ((v180 >> 4) * 8UL));
    v182 = LOAD(global, u64, m1_values + (v181 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v181 - AT_MAP(1)), (v182 + 1UL));
    if ((v178 == 95UL))
    {
        goto b144;
    }
    else
    {
        v178 = (v178 + 1UL);
        goto b73;
    }
b75: ;
    v183 = ((ulong)COLUMN(3) & 255UL);
    v184 = (v183 ^ 65535UL);
    STORE(global, u64, m0_values + 48, v184);
    v185 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v185 * 31UL) + v184));
    ways[(ulong)n * 66 + logged++] = 1;
    v186 = 0UL;
b76: ;
    v187 = (v0 + v186);
    if ((v1 < (v187 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b77;
    }
b77: ;
    v188 = LOAD(global, u8, packet + (v187));
    v189 = ((AT_MAP(1) + 0UL) + ((v188 >> 4) * 8UL));
    v190 = LOAD(global, u64, m1_values + (v189 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v189 - AT_MAP(1)), (v190 + 1UL));
    if ((v186 == 95UL))
    {
        goto b144;
    }
    else
    {
        v186 = (v186 + 1UL);
        goto b76;
    }
b78: ;
    v191 = LOAD(global, u16, packet + (v175));
    v192 = (v176 + v191);
    v193 = (v192 & 0xffffffffUL);
    v194 = (v173 + 2UL);
    if ((755UL < (v174 & 0xffffffffUL)))
    {
        goto b79;
    }
    else
    {
        goto b90;
    }
b79: ;
    v195 = (v173 + 4UL);
    if ((v1 < (v173 + 3UL)))
    {
        goto b80;
    }
    else
    {
        goto b83;
    }
b80: ;
    v196 = ((v192 & 65535UL) + (v193 >> 16));
    v197 = ((((v196 >> 16) + v196) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v197);
    v198 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v198 * 31UL) + v197));
    ways[(ulong)n * 66 + logged++] = 1;
    v199 = 0UL;
b81: ;
    v200 = (v0 + v199);
    if ((v1 < (v200 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b82;
    }
b82: ;
    v201 = LOAD(global, u8, packet + (v200));
    v202 = ((AT_MAP(1) + 0UL) + ((v201 >> 4) * 8UL));
    v203 = LOAD(global, u64, m1_values + (v202 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v202 - AT_MAP(1)), (v203 + 1UL));
    if ((v199 == 95UL))
    {
        goto b144;
    }
    else
    {
        v199 = (v199 + 1UL);
        goto b81;
    }
b83: ;
    if ((v1 < v195))
    {
        goto b84;
    }
    else
    {
        goto b87;
    }
b84: ;
    v204 = LOAD(global, u8, packet + (v194));
    v205 = (v192 + v204);
    v206 = ((v205 & 65535UL) + ((v205 & 0xffffffffUL) >> 16));
    v207 = ((((v206 >> 16) + v206) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v207);
    v208 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v208 * 31UL) + v207));
    ways[(ulong)n * 66 + logged++] = 1;
    v209 = 0UL;
b85: ;
    v210 = (v0 + v209);
    if ((v1 < (v210 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b86;
    }
b86: ;
    v211 = LOAD(global, u8, packet + (v210));
    v212 = ((AT_MAP(1) + 0UL) + ((v211 >> 4) * 8UL));
    v213 = LOAD(global, u64, m1_values + (v212 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v212 - AT_MAP(1)), (v213 + 1UL));
    if ((v209 == 95UL))
    {
        goto b144;
    }
    else
    {
        v209 = (v209 + 1UL);
        goto b85;
    }
b87: ;
    v214 = ((v192 & 65535UL) + (v193 >> 16));
    v215 = ((((v214 >> 16) + v214) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v215);
    v216 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v216 * 31UL) + v215));
    ways[(ulong)n * 66 + logged++] = 1;
    v217 = 0UL;
b88: ;
    v218 = (v0 + v217);
    if ((v1 < (v218 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b89;
    }
b89: ;
    v219 = LOAD(global, u8, packet + (v218));
    v220 = ((AT_MAP(1) + 0UL) + ((v219 >> 4) * 8UL));
    v221 = LOAD(global, u64, m1_values + (v220 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v220 - AT_MAP(1)), (v221 + 1UL));
    if ((v217 == 95UL))
    {
        goto b144;
    }
    else
    {
        v217 = (v217 + 1UL);
        goto b88;
    }
b90: ;
    if ((v1 < (v175 + 4UL)))
    {
        goto b91;
    }
    else
    {
        { const ulong next0 = v194, next1 = ((v174 + 1UL) & 0xffffffffUL), next2 = v194, next3 = v193; v173 = next0; v174 = next1; v175 = next2; v176 = next3; }
        goto b78;
    }
b91: ;
    v222 = (v173 + 4UL);
    if ((v1 < (v173 + 3UL)))
    {
        goto b92;
    }
    else
    {
        goto b95;
    }
b92: ;
    v223 = ((v192 & 65535UL) + (v193 >> 16));
    v224 = ((((v223 >> 16) + v223) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v224);
    v225 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v225 * 31UL) + v224));
    ways[(ulong)n * 66 + logged++] = 1;
    v226 = 0UL;
b93: ;
    v227 = (v0 + v226);
    if ((v1 < (v227 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b94;
    }
b94: ;
    v228 = LOAD(global, u8, packet + (v227));
    v229 = ((AT_MAP(1) + 0UL) + ((v228 >> 4) * 8UL));
    v230 = LOAD(global, u64, m1_values + (v229 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v229 - AT_MAP(1)), (v230 + 1UL));
    if ((v226 == 95UL))
    {
        goto b144;
    }
    else
    {
        v226 = (v226 + 1UL);
        goto b93;
    }
b95: ;
    if ((v1 < v222))
    {
        goto b96;
    }
    else
    {
        goto b99;
    }
b96: ;
    v231 = LOAD(global, u8, packet + (v194));
    v232 = (v192 + v231);
    v233 = ((v232 & 65535UL) + ((v232 & 0xffffffffUL) >> 16));
    v234 = ((((v233 >> 16) + v233) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v234);
    v235 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v235 * 31UL) + v234));
    ways[(ulong)n * 66 + logged++] = 1;
    v236 = 0UL;
b97: ;
    v237 = (v0 + v236);
    if ((v1 < (v237 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b98;
    }
b98: ;
    v238 = LOAD(global, u8, packet + (v237));
    v239 = ((AT_MAP(1) + 0UL) + ((v238 >> 4) * 8UL));
    v240 = LOAD(global, u64, m1_values + (v239 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v239 - AT_MAP(1)), (v240 + 1UL));
    if ((v236 == 95UL))
    {
        goto b144;
    }
    else
    {
        v236 = (v236 + 1UL);
        goto b97;
    }
b99: ;
    v241 = ((v192 & 65535UL) + (v193 >> 16));
    v242 = ((((v241 >> 16) + v241) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v242);
    v243 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v243 * 31UL) + v242));
    ways[(ulong)n * 66 + logged++] = 1;
    v244 = 0UL;
b100: ;
    v245 = (v0 + v244);
    if ((v1 < (v245 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b101;
    }
b101: ;
    v246 = LOAD(global, u8, packet + (v245));
    v247 = ((AT_MAP(1) + 0UL) + ((v246 >> 4) * 8UL));
    v248 = LOAD(global, u64, m1_values + (v247 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v247 - AT_MAP(1)), (v248 + 1UL));
    if ((v244 == 95UL))
    {
        goto b144;
    }
    else
    {
        v244 = (v244 + 1UL);
        goto b100;
    }
b102: ;
    ways[(ulong)n * 66 + logged++] = 2;
    if ((v1 < (v0 + 2UL)))
    {
        goto b103;
    }
    else
    {
        { const ulong next0 = v0, next1 = 0UL, next2 = v0, next3 = 0UL; v249 = next0; v250 = next1; v251 = next2; v252 = next3; }
        goto b108;
    }
b103: ;
    if ((v1 < (v0 + 1UL)))
    {
        v253 = 0UL;
        goto b105;
    }
    else
    {
        goto b104;
    }
b104: ;
    v254 = ((ulong)COLUMN(3) & 255UL);
    v253 = v254;
b105: ;
    v255 = ((v253 & 65535UL) + ((v253 & 0xffffffffUL) >> 16));
    v256 = ((((v255 >> 16) + v255) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v256);
    v257 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v257 * 31UL) + v256));
    ways[(ulong)n * 66 + logged++] = 1;
    v258 = 0UL;
b106: ;
    v259 = (v0 + v258);
    if ((v1 < (v259 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b107;
    }
b107: ;
    v260 = LOAD(global, u8, packet + (v259));
    v261 = ((AT_MAP(1) + 0UL) + ((v260 >> 4) * 8UL));
    v262 = LOAD(global, u64, m1_values + (v261 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v261 - AT_MAP(1)), (v262 + 1UL));
    if ((v258 == 95UL))
    {
        goto b144;
    }
    else
    {
        v258 = (v258 + 1UL);
        goto b106;
    }
b108: ;
    v263 = LOAD(global, u16, packet + (v251));
    v264 = (v252 + v263);
    v265 = (v264 & 0xffffffffUL);
    v266 = (v249 + 2UL);
    if ((755UL < (v250 & 0xffffffffUL)))
    {
        goto b109;
    }
    else
    {
        goto b115;
    }
b109: ;
    v267 = (v249 + 4UL);
    if ((v1 < (v249 + 3UL)))
    {
        v268 = v265;
        goto b112;
    }
    else
    {
        goto b110;
    }
b110: ;
    if ((v1 < v267))
    {
        goto b111;
    }
    else
    {
        v268 = v265;
        goto b112;
    }
b111: ;
    v269 = LOAD(global, u8, packet + (v266));
    v268 = ((v264 + v269) & 0xffffffffUL);
b112: ;
    v270 = ((v268 & 65535UL) + ((v268 & 0xffffffffUL) >> 16));
    v271 = ((((v270 >> 16) + v270) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v271);
    v272 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v272 * 31UL) + v271));
    ways[(ulong)n * 66 + logged++] = 1;
    v273 = 0UL;
b113: ;
    v274 = (v0 + v273);
    if ((v1 < (v274 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b114;
    }
b114: ;
    v275 = LOAD(global, u8, packet + (v274));
    v276 = ((AT_MAP(1) + 0UL) + ((v275 >> 4) * 8UL));
    v277 = LOAD(global, u64, m1_values + (v276 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v276 - AT_MAP(1)), (v277 + 1UL));
    if ((v273 == 95UL))
    {
        goto b144;
    }
    else
    {
        v273 = (v273 + 1UL);
        goto b113;
    }
b115: ;
    if ((v1 < (v251 + 4UL)))
    {
        goto b116;
    }
    else
    {
        { const ulong next0 = v266, next1 = ((v250 + 1UL) & 0xffffffffUL), next2 = v266, next3 = v265; v249 = next0; v250 = next1; v251 = next2; v252 = next3; }
        goto b108;
    }
b116: ;
    v278 = (v249 + 4UL);
    if ((v1 < (v249 + 3UL)))
    {
        v279 = v265;
        goto b119;
    }
    else
    {
        goto b117;
    }
b117: ;
    if ((v1 < v278))
    {
        goto b118;
    }
    else
    {
        v279 = v265;
        goto b119;
    }
b118: ;
    v280 = LOAD(global, u8, packet + (v266));
    v279 = ((v264 + v280) & 0xffffffffUL);
b119: ;
    v281 = ((v279 & 65535UL) + ((v279 & 0xffffffffUL) >> 16));
    v282 = ((((v281 >> 16) + v281) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v282);
    v283 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v283 * 31UL) + v282));
    ways[(ulong)n * 66 + logged++] = 1;
    v284 = 0UL;
b120: ;
    v285 = (v0 + v284);
    if ((v1 < (v285 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b121;
    }
b121: ;
    v286 = LOAD(global, u8, packet + (v285));
    v287 = ((AT_MAP(1) + 0UL) + ((v286 >> 4) * 8UL));
    v288 = LOAD(global, u64, m1_values + (v287 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v287 - AT_MAP(1)), (v288 + 1UL));
    if ((v284 == 95UL))
    {
        goto b144;
    }
    else
    {
        v284 = (v284 + 1UL);
        goto b120;
    }
b122: ;
    v289 = (v4 & 0xffffffffUL);
    v290 = (v3 ^ v164);
    v291 = (v290 * 0x100000001b3UL);
    v292 = (v5 + v164);
    v293 = (v292 & 0xffffffffUL);
    v294 = ((v292 + v6) & 0xffffffffUL);
    if ((v2 == 1513UL))
    {
        goto b123;
    }
    else
    {
        { const ulong next0 = (v2 + 1UL), next1 = v291, next2 = v289, next3 = v293, next4 = v294; v2 = next0; v3 = next1; v4 = next2; v5 = next3; v6 = next4; }
        goto b1;
    }
b123: ;
    STORE(global, u64, m0_values + 0, v291);
    v295 = LOAD(global, u64, m0_values + 8);
    STORE(global, u64, m0_values + 8, ((v295 * 31UL) + v291));
    v296 = (((v294 % 65521UL) << 16) | (v293 % 65521UL));
    STORE(global, u64, m0_values + 16, v296);
    v297 = LOAD(global, u64, m0_values + 24);
    STORE(global, u64, m0_values + 24, ((v297 * 31UL) + v296));
    STORE(global, u64, m0_values + 32, v289);
    v298 = LOAD(global, u64, m0_values + 40);
    STORE(global, u64, m0_values + 40, ((v298 * 31UL) + v289));
    if (((v290 & 1UL) == 0UL))
    {
        goto b124;
    }
    else
    {
        goto b134;
    }
b124: ;
    v299 = (v0 + 2UL);
    ways[(ulong)n * 66 + logged++] = 0;
    if ((v1 < v299))
    {
        { const ulong next0 = v0, next1 = v299, next2 = 0UL; v300 = next0; v301 = next1; v302 = next2; }
        goto b128;
    }
    else
    {
        { const ulong next0 = v0, next1 = 0UL, next2 = v0, next3 = 0UL; v303 = next0; v304 = next1; v305 = next2; v306 = next3; }
        goto b125;
    }
b125: ;
    v307 = LOAD(global, u16, packet + (v305));
    v308 = ((v306 + v307) & 0xffffffffUL);
    v309 = (v303 + 2UL);
    if ((755UL < (v304 & 0xffffffffUL)))
    {
        goto b127;
    }
    else
    {
        goto b126;
    }
b126: ;
    if ((v1 < (v305 + 4UL)))
    {
        goto b127;
    }
    else
    {
        { const ulong next0 = v309, next1 = ((v304 + 1UL) & 0xffffffffUL), next2 = v309, next3 = v308; v303 = next0; v304 = next1; v305 = next2; v306 = next3; }
        goto b125;
    }
b127: ;
    { const ulong next0 = v309, next1 = (v303 + 4UL), next2 = v308; v300 = next0; v301 = next1; v302 = next2; }
b128: ;
    if ((v1 < (v300 + 1UL)))
    {
        v310 = v302;
        goto b131;
    }
    else
    {
        goto b129;
    }
b129: ;
    if ((v1 < v301))
    {
        goto b130;
    }
    else
    {
        v310 = v302;
        goto b131;
    }
b130: ;
    v311 = LOAD(global, u8, packet + (v300));
    v310 = ((v302 + v311) & 0xffffffffUL);
b131: ;
    v312 = ((v310 & 65535UL) + ((v310 & 0xffffffffUL) >> 16));
    v313 = ((((v312 >> 16) + v312) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v313);
    v314 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v314 * 31UL) + v313));
    ways[(ulong)n * 66 + logged++] = 1;
    v315 = 0UL;
b132: ;
    v316 = (v0 + v315);
    if ((v1 < (v316 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b133;
    }
b133: ;
    v317 = LOAD(global, u8, packet + (v316));
    v318 = ((AT_MAP(1) + 0UL) + ((v317 >> 4) * 8UL));
    v319 = LOAD(global, u64, m1_values + (v318 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v318 - AT_MAP(1)), (v319 + 1UL));
    if ((v315 == 95UL))
    {
        goto b144;
    }
    else
    {
        v315 = (v315 + 1UL);
        goto b132;
    }
b134: ;
    v320 = (v0 + 2UL);
    ways[(ulong)n * 66 + logged++] = 2;
    if ((v1 < v320))
    {
        { const ulong next0 = v0, next1 = v320, next2 = 0UL; v321 = next0; v322 = next1; v323 = next2; }
        goto b138;
    }
    else
    {
        { const ulong next0 = v0, next1 = 0UL, next2 = v0, next3 = 0UL; v324 = next0; v325 = next1; v326 = next2; v327 = next3; }
        goto b135;
    }
b135: ;
    v328 = LOAD(global, u16, packet + (v326));
    v329 = ((v327 + v328) & 0xffffffffUL);
    v330 = (v324 + 2UL);
    if ((755UL < (v325 & 0xffffffffUL)))
    {
        goto b137;
    }
    else
    {
        goto b136;
    }
b136: ;
    if ((v1 < (v326 + 4UL)))
    {
        goto b137;
    }
    else
    {
        { const ulong next0 = v330, next1 = ((v325 + 1UL) & 0xffffffffUL), next2 = v330, next3 = v329; v324 = next0; v325 = next1; v326 = next2; v327 = next3; }
        goto b135;
    }
b137: ;
    { const ulong next0 = v330, next1 = (v324 + 4UL), next2 = v329; v321 = next0; v322 = next1; v323 = next2; }
b138: ;
    if ((v1 < (v321 + 1UL)))
    {
        v331 = v323;
        goto b141;
    }
    else
    {
        goto b139;
    }
b139: ;
    if ((v1 < v322))
    {
        goto b140;
    }
    else
    {
        v331 = v323;
        goto b141;
    }
b140: ;
    v332 = LOAD(global, u8, packet + (v321));
    v331 = ((v323 + v332) & 0xffffffffUL);
b141: ;
    v333 = ((v331 & 65535UL) + ((v331 & 0xffffffffUL) >> 16));
    v334 = ((((v333 >> 16) + v333) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v334);
    v335 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v335 * 31UL) + v334));
    ways[(ulong)n * 66 + logged++] = 1;
    v336 = 0UL;
b142: ;
    v337 = (v0 + v336);
    if ((v1 < (v337 + 1UL)))
    {
        goto b144;
    }
    else
    {
        goto b143;
    }
b143: ;
    v338 = LOAD(global, u8, packet + (v337));
    v339 = ((AT_MAP(1) + 0UL) + ((v338 >> 4) * 8UL));
    v340 = LOAD(global, u64, m1_values + (v339 - AT_MAP(1)));
    STORE(global, u64, m1_values + (v339 - AT_MAP(1)), (v340 + 1UL));
    if ((v336 == 95UL))
    {
        goto b144;
    }
    else
    {
        v336 = (v336 + 1UL);
        goto b142;
    }
b144: ;
    ways[(ulong)n * 66 + logged++] = 3;
    outcome |= 2;
    goto done;
done: ;
COLUMN(4) = outcome | logged << 16;
}
}
}
